import type { GraphConstant } from '../artifact/graph.ts';
import type { Convolution, Pair } from '../artifact/kernel.ts';
import { asWords, joinConstants, type Lowered, type Operands, type Pass } from './define.ts';
import { eachValue } from './each.ts';
import { wordsOf, wordsPerUnit, zeroWords, type Packed } from './layout.ts';
import { packed } from './matmul.ts';
import { correctedBias, packWeights, putOf } from './sums.ts';
import { tiled } from './tile.ts';
import { bits } from './wgsl/float32.ts';

/** A convolution that makes some of the pixels of its output: all, or those of one phase of a transposed one. */
export interface Taps {
  /** Pixels that it makes, where the first one lies and how far apart they are. */
  readonly output: Pair;
  readonly outOffset: Pair;
  readonly outStrides: Pair;
  /** The input that output y meets with tap ky: y * stride - pad + ky * dilation. */
  readonly strides: Pair;
  readonly pads: Pair;
  readonly dilations: Pair;
  readonly kernel: Pair;
  /** The weight of output o, of input channel i of its group, at a tap. */
  readonly weight: (w: GraphConstant, o: number, ky: number, kx: number, i: number) => number;
}

/** All input channels against all outputs: tiles of a matrix whose rows are pixels, and whose columns the taps and channels. */
export function throughTiles(
  taps: Taps,
  kernel: Convolution,
  { inputs, output, constants: [w, bias, multiplier] }: Operands,
): Pass {
  const x = packed(inputs[0]!);
  const [channels, outputs] = kernel.channels;
  const perPixel = Math.ceil(channels / 4);
  const depth = taps.kernel[0] * taps.kernel[1] * perPixel;
  const weights = packWeights(outputs, depth, (o, i) => {
    const [tap, channel] = [Math.floor(i / (4 * perPixel)), i % (4 * perPixel)];
    const [ky, kx] = [Math.floor(tap / taps.kernel[1]), tap % taps.kernel[1]];
    return channel < channels ? taps.weight(w!, o, ky, kx, channel) : 0;
  });
  const { constants, offsets } = joinConstants([
    weights,
    correctedBias(bias!, weights, depth, x),
    ...(multiplier === undefined ? [] : [asWords(multiplier)]),
  ]);
  const pixels = taps.output[0] * taps.output[1];
  const functions = `
${loadOf(taps, kernel, x)}
${putOf(output, outputs, kernel, offsets[2] ?? 0)}
fn finish(row: u32, o: u32, sums: vec4<i32>) {
  let pixel = row % ${pixels}u;
  let y = (pixel / ${taps.output[1]}u) * ${taps.outStrides[0]}u + ${taps.outOffset[0]}u;
  let x = (pixel % ${taps.output[1]}u) * ${taps.outStrides[1]}u + ${taps.outOffset[1]}u;
  put(row / ${pixels}u, y * ${kernel.output[1]}u + x, o, sums);
}
`;
  const program = tiled({ rows: pixels, outputs, depth, narrow: x.narrow, functions, weights: 0, bias: offsets[1]! });
  return { program, reads: { a: 'input0' }, writes: 'output', constants };
}

/** WGSL: the words of four channels of the pixel that a tap meets; beyond the image, words that mean 0. */
function loadOf(
  { output, strides, pads, dilations, kernel: taps }: Taps,
  { input, channels: [channels] }: Convolution,
  x: Packed,
): string {
  // A phase of a transposed convolution that no tap meets.
  if (taps[0] * taps[1] === 0) return 'fn load(row: u32, k: u32) -> vec2<u32> { return vec2<u32>(); }';
  const perPixel = Math.ceil(channels / 4);
  const { lower, upper } = zeroWords(x);
  // Where a pixel does not begin with a word, its bytes are taken one by one.
  const isRow = x.row === channels || (channels % 4 === 0 && x.row % channels === 0);
  const at = `row / ${output[0] * output[1]}u * ${wordsOf(x)}u + (pixel * ${perPixel}u + k % ${perPixel}u) * ${wordsPerUnit(x)}u`;
  const words = isRow
    ? `let at = ${at};
  return vec2<u32>(a[at], ${x.narrow ? '0u' : 'a[at + 1u]'});`
    : `var values = vec4<i32>();
  let c = (k % ${perPixel}u) * 4u;
  for (var j = 0u; j < min(4u, ${channels}u - c); j++) {
    values[j] = a_at(row / ${output[0] * output[1]}u, pixel * ${channels}u + c + j);
  }
  return ${
    x.narrow
      ? `vec2<u32>(pack(values - vec4<i32>(${x.center})), 0u)`
      : `vec2<u32>(pack((values & vec4<i32>(255)) ^ vec4<i32>(128)), pack(values >> vec4<u32>(8u)))`
  };`;
  return `
fn load(row: u32, k: u32) -> vec2<u32> {
  let place = row % ${output[0] * output[1]}u;
  let tap = k / ${perPixel}u;
  let y = i32(place / ${output[1]}u) * ${strides[0]} - (${pads[0]}) + i32(tap / ${taps[1]}u) * ${dilations[0]};
  let x = i32(place % ${output[1]}u) * ${strides[1]} - (${pads[1]}) + i32(tap % ${taps[1]}u) * ${dilations[1]};
  if (y < 0 || y >= ${input[0]} || x < 0 || x >= ${input[1]}) { return vec2<u32>(${lower}u, ${upper}u); }
  let pixel = u32(y * ${input[1]} + x);
  ${words}
}
`;
}

/**
 * Groups, of which each output sees few channels, value by value. `meets`: WGSL that gives iy and ix from the pixel oy, ox and the tap ky, kx, and
 * says `continue` where there is none.
 */
export function valueByValue(
  meets: string,
  kernel: Convolution,
  { output, constants: [w, bias, multiplier] }: Operands,
): Lowered {
  const { input, output: extent, kernel: taps, channels, groups, result, low, high } = kernel;
  const [perGroup, outputsPerGroup] = [channels[0] / groups, channels[1] / groups];
  const bytes = new Int8Array(4 * Math.ceil(w!.length / 4));
  bytes.set(w!);
  const { constants, offsets } = joinConstants([
    new Uint32Array(bytes.buffer),
    asWords(bias!),
    ...(multiplier === undefined ? [] : [asWords(multiplier)]),
  ]);
  const real = `f_multiply(f_from_integer(sum), constants[${offsets[2]}u + o])`;
  const ends = {
    i16: `round_clamped(${real}, ${bits(low)}, ${bits(high)})`,
    f32: `f_clamp(${real}, ${bits(low)}, ${bits(high)})`,
    i32: 'sum',
  };
  const functions = `
fn weight(i: u32) -> i32 { return i32(constants[i / 4u] << (24u - 8u * (i % 4u))) >> 24u; }
fn value(window: u32, i: u32) -> ${result === 'f32' ? 'u32' : 'i32'} {
  let o = i % ${channels[1]}u;
  let oy = i32(i / ${extent[1] * channels[1]}u);
  let ox = i32((i / ${channels[1]}u) % ${extent[1]}u);
  let channel = (o / ${outputsPerGroup}u) * ${perGroup}u;
  var sum = i32(constants[${offsets[1]}u + o]);
  for (var ky = 0; ky < ${taps[0]}; ky++) {
    for (var kx = 0; kx < ${taps[1]}; kx++) {
      ${meets}
      if (iy < 0 || iy >= ${input[0]} || ix < 0 || ix >= ${input[1]}) { continue; }
      let start = u32(iy * ${input[1]} + ix) * ${channels[0]}u + channel;
      let first = ((o * ${taps[0]}u + u32(ky)) * ${taps[1]}u + u32(kx)) * ${perGroup}u;
      for (var j = 0u; j < ${perGroup}u; j++) { sum += weight(first + j) * a_at(window, start + j); }
    }
  }
  return ${ends[result]};
}
`;
  const pass: Pass = { program: eachValue(output, functions), reads: { a: 'input0' }, writes: 'output', constants };
  return { passes: [pass], scratch: null };
}
