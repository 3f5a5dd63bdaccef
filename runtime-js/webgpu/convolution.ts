import type { GraphConstant } from '../artifact/graph.ts';
import type { Convolution, Pair } from '../artifact/kernel.ts';
import { asWords, joinConstants, type Lowered, type Operands, type Pass } from './define.ts';
import { eachValue } from './each.ts';
import { wordsOf, wordsPerUnit, zeroWords, type Packed } from './layout.ts';
import { packed } from './matmul.ts';
import { correctedBias, packWeights, putLiterals, putOf } from './sums.ts';
import { tiled } from './tile.ts';
import { bits, multiplierOf } from './wgsl/float32.ts';

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

/** Numbers of a phase, as its row of the table at the beginning of `constants` has them. */
const numberNames = [
  ...(['rows', 'columns', 'tapColumns', 'top', 'left', 'firstRow', 'firstColumn'] as const),
  ...(['depth', 'weights', 'bias'] as const),
] as const;

type PhaseNumbers = Readonly<Record<(typeof numberNames)[number], number>>;

/** A number of the phase in hand: a literal where all phases agree. Divisions by literals are cheap. */
type NumberOf = (name: keyof PhaseNumbers) => string;

function numberOf(phases: readonly PhaseNumbers[]): NumberOf {
  return (name) => {
    const isSigned = name === 'top' || name === 'left';
    const [first, ...rest] = phases.map((phase) => phase[name]);
    if (rest.every((value) => value === first)) return isSigned ? `(${first})` : `${first}u`;
    const entry = `constants[phase * ${numberNames.length}u + ${numberNames.indexOf(name)}u]`;
    return isSigned ? `i32(${entry})` : entry;
  };
}

/**
 * All input channels against all outputs: tiles of a matrix whose rows are pixels, and whose columns the taps and channels. The phases of a
 * transposed convolution go through one program.
 */
export function throughTiles(
  phases: readonly Taps[],
  kernel: Convolution,
  { inputs, output, constants: [w, bias, multiplier] }: Operands,
): Lowered {
  const x = packed(inputs[0]!);
  const [channels, outputs] = kernel.channels;
  const perPixel = Math.ceil(channels / 4);
  const weights = phases.map(({ kernel: taps, weight }) =>
    packWeights(outputs, taps[0] * taps[1] * perPixel, (o, i) => {
      const [tap, channel] = [Math.floor(i / (4 * perPixel)), i % (4 * perPixel)];
      return channel < channels ? weight(w!, o, Math.floor(tap / taps[1]), tap % taps[1], channel) : 0;
    }),
  );
  const biases = weights.map((words) => correctedBias(bias!, words, words.length / outputs, x));
  const multipliers = multiplier === undefined ? [] : [asWords(multiplier)];
  const header = new Int32Array(phases.length * numberNames.length);
  const { constants, offsets } = joinConstants([header, ...weights, ...biases, ...multipliers]);
  const table = phases.map(({ output: made, kernel: taps, pads, outOffset }, i): PhaseNumbers => ({
    rows: made[0] * made[1],
    columns: made[1],
    tapColumns: taps[1],
    top: pads[0],
    left: pads[1],
    firstRow: outOffset[0],
    firstColumn: outOffset[1],
    depth: weights[i]!.length / outputs,
    weights: offsets[1 + i]!,
    bias: offsets[1 + phases.length + i]!,
  }));
  constants.set(table.flatMap((numbers) => numberNames.map((name) => numbers[name])));
  const number = numberOf(table);
  const { outStrides } = phases[0]!;
  const functions = `
${loadOf(phases[0]!, kernel, x, number)}
${putOf(output, kernel.result, multiplierOf(multipliers[0] ?? []), putLiterals(output, outputs, kernel, offsets[1 + 2 * phases.length] ?? 0))}
fn finish(phase: u32, row: u32, o: u32, sums: vec4<i32>) {
  let pixel = row % ${number('rows')};
  let y = (pixel / ${number('columns')}) * ${outStrides[0]}u + ${number('firstRow')};
  let x = (pixel % ${number('columns')}) * ${outStrides[1]}u + ${number('firstColumn')};
  put(row / ${number('rows')}, y * ${kernel.output[1]}u + x, o, sums);
}
`;
  const program = tiled({
    phases: phases.length,
    rows: number('rows'),
    outputs: `${outputs}u`,
    depth: number('depth'),
    weights: number('weights'),
    bias: number('bias'),
    narrow: x.narrow,
    functions,
    extent: { rows: Math.max(...table.map(({ rows }) => rows)), outputs },
  });
  return { passes: [{ program, reads: { a: 'input0' }, writes: 'output', constants }], scratch: null };
}

/** WGSL: the words of four channels of the pixel that a tap meets; beyond the image, words that mean 0. Called only where there are taps. */
function loadOf({ strides, dilations }: Taps, { input, channels: [channels] }: Convolution, x: Packed, number: NumberOf): string {
  const perPixel = Math.ceil(channels / 4);
  const { lower, upper } = zeroWords(x);
  // Where a pixel does not begin with a word, its bytes are taken one by one.
  const isRow = x.row === channels || (channels % 4 === 0 && x.row % channels === 0);
  const words = isRow
    ? `let at = window * ${wordsOf(x)}u + (pixel * ${perPixel}u + k % ${perPixel}u) * ${wordsPerUnit(x)}u;
  return vec2<u32>(a[at], ${x.narrow ? '0u' : 'a[at + 1u]'});`
    : `var values = vec4<i32>();
  let c = (k % ${perPixel}u) * 4u;
  for (var j = 0u; j < min(4u, ${channels}u - c); j++) { values[j] = a_at(window, pixel * ${channels}u + c + j); }
  return ${
    x.narrow
      ? `vec2<u32>(pack(values - vec4<i32>(${x.center})), 0u)`
      : `vec2<u32>(pack((values & vec4<i32>(255)) ^ vec4<i32>(128)), pack(values >> vec4<u32>(8u)))`
  };`;
  // No literal 0 may divide: phases without a tap call this for no k.
  const tapColumns = number('tapColumns') === '0u' ? '1u' : number('tapColumns');
  return `
fn load(phase: u32, row: u32, k: u32) -> vec2<u32> {
  let window = row / ${number('rows')};
  let place = row % ${number('rows')};
  let tap = k / ${perPixel}u;
  let y = i32(place / ${number('columns')}) * ${strides[0]} - ${number('top')} + i32(tap / ${tapColumns}) * ${dilations[0]};
  let x = i32(place % ${number('columns')}) * ${strides[1]} - ${number('left')} + i32(tap % ${tapColumns}) * ${dilations[1]};
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
  const multiply = multiplierOf(multiplier ?? []);
  const real = `${multiply}(f_from_integer(sum), constants[${offsets[2]}u + o])`;
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
