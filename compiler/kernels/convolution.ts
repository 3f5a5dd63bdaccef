import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { Convolution, Pair } from '../../runtime-js/artifact/kernel.ts';
import { float, padConstant, slackBytes, type Call, type PackedConstant, type Place } from './define.ts';
import type { IntConstant } from './int-graph.ts';

/** The zero-padded box that a convolution reads, or the image itself where it needs no padding. */
export interface Box {
  readonly extent: Pair;
  /** Where the image begins in it. */
  readonly offset: Pair;
  readonly copied: boolean;
}

/** One sweep of a window over the box: a whole convolution, one of its groups, or one phase of a transposed one. */
export interface Pass {
  /** Value of the box where output (0, 0) begins to read. */
  readonly start: number;
  /** Output pixels that it computes. */
  readonly output: Pair;
  /** Steps of the window in the box, in pixels. */
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly kernel: Pair;
  /** Input channels that it reads. */
  readonly channels: number;
  /** First output channel, and how many. */
  readonly firstOutput: number;
  readonly outputs: number;
  /** Where it writes: first pixel and steps, in pixels of the whole output. */
  readonly outOffset: Pair;
  readonly outStrides: Pair;
  /** Weight of output `o` (counted from firstOutput) at tap (y, x) and channel i. */
  readonly weight: (w: IntConstant, o: number, y: number, x: number, i: number) => number;
}

/** As runtime-as/kernels/conv.ts takes it. */
export const resultCode = ({ result }: Convolution): string => ({ i16: '0', f32: '1', i32: '2' })[result];

export const resultBytes = ({ result }: Convolution): number => (result === 'i16' ? 2 : 4);

/** One multiplier per output; sums that stay as they are have none, and read none. */
export const multipliersOf = (multiplier: PackedConstant | undefined): Uint8Array =>
  multiplier === undefined ? new Uint8Array(0) : padConstant(multiplier.values);

/** How many of a pass's outputs go through conv_pairs, in units of 8; the few that are left go through conv_rows. */
function byPairs({ outputs }: Pass, target: Target): number {
  if (target === 'scalar') return 0;
  return outputs % 8 > 4 ? outputs : outputs - (outputs % 8);
}

/** Taps that lie side by side in the box are one run. */
const isJoined = ({ dilations, channels }: Pass, kernel: Convolution): boolean =>
  dilations[1] === 1 && channels === kernel.channels[0];

function runsOf(pass: Pass, kernel: Convolution): { readonly columns: number; readonly length: number } {
  const columns = pass.kernel[1];
  return isJoined(pass, kernel) ? { columns: 1, length: columns * pass.channels } : { columns, length: pass.channels };
}

/** All weights of one output of a pass, run after run, each run padded to a multiple of `multiple`. */
function rowOf(pass: Pass, kernel: Convolution, w: IntConstant, o: number, multiple: number): number[] {
  const { columns, length } = runsOf(pass, kernel);
  const paddedLength = Math.ceil(length / multiple) * multiple;
  const row: number[] = [];
  for (let y = 0; y < pass.kernel[0]; y++) {
    for (let column = 0; column < columns; column++) {
      for (let at = 0; at < paddedLength; at++) {
        const x = column + Math.floor(at / pass.channels);
        row.push(at < length && o < pass.outputs ? pass.weight(w, o, y, x, at % pass.channels) : 0);
      }
    }
  }
  return row;
}

/** The streams that conv_pairs and conv_rows read; the layouts are said in runtime-as/kernels/conv.ts and conv-rows.ts. */
export function packPass(pass: Pass, kernel: Convolution, w: IntConstant, bias: IntConstant, target: Target): Uint8Array[] {
  const { short } = kernel;
  const pairs = byPairs(pass, target);
  const biasOf = (o: number): number => (o < pass.outputs ? bias[pass.firstOutput + o]! : 0);
  const streams: Uint8Array[] = [];
  if (pairs > 0) {
    const words: number[] = [];
    for (let unit = 0; unit < pairs; unit += 8) {
      for (let o = unit; o < unit + 4; o++) words.push(short ? 256 * biasOf(o) + biasOf(o + 4) : biasOf(o));
      for (let o = unit + 4; o < unit + 8; o++) words.push(short ? 256 * biasOf(o) : biasOf(o));
      const rows = Array.from({ length: 8 }, (_, i) => rowOf(pass, kernel, w, unit + i, 2));
      for (let k = 0; k < rows[0]!.length; k += 2) {
        for (let i = 0; i < 4; i++) {
          const lower = (at: number): number => (short ? rows[i + 4]![at]! : rows[i + 4]![at]! & 255);
          const lane = (at: number): number => (256 * rows[i]![at]! + lower(at)) & 0xffff;
          words.push(lane(k) | (lane(k + 1) << 16));
        }
      }
    }
    streams.push(new Uint8Array(Int32Array.from(words).buffer));
  }
  if (pairs < pass.outputs) {
    const rows = Array.from({ length: pass.outputs - pairs }, (_, i) => {
      const weights = rowOf(pass, kernel, w, pairs + i, target === 'simd' ? 8 : 1);
      const bytes = new Uint8Array(16 + Math.ceil(weights.length / 16) * 16);
      new DataView(bytes.buffer).setInt32(0, biasOf(pairs + i), true);
      bytes.set(Int8Array.from(weights), 16);
      return bytes;
    });
    streams.push(new Uint8Array(rows.flatMap((row) => [...row])));
  }
  return streams;
}

export function scratchOfBox({ extent, copied }: Box, { channels }: Convolution): number {
  return copied ? 2 * extent[0] * extent[1] * channels[0] + slackBytes : 0;
}

/** Copies the image into its zero-padded box, if it needs one. */
export function emitBox({ extent, offset, copied }: Box, { input, channels: [channels] }: Convolution, place: Place): Call[] {
  if (!copied) return [];
  const args = [
    place.inputs[0]!.address,
    place.scratch,
    input[0],
    input[1] * channels,
    extent[0],
    extent[1] * channels,
    offset[0],
    offset[1] * channels,
  ];
  return [{ module: 'kernels/halo', name: 'halo_i16', args: args.map(String) }];
}

/** The calls of a pass; takes the addresses of its streams from `constants`. */
export function emitPass(pass: Pass, kernel: Convolution, box: Box, place: Place, constants: number[]): Call[] {
  const pairs = byPairs(pass, place.target);
  const { columns, length } = runsOf(pass, kernel);
  const [width, channels] = [box.extent[1], kernel.channels[0]];
  const bytes = resultBytes(kernel);
  const pixelBytes = kernel.channels[1] * bytes;
  const x = (box.copied ? place.scratch : place.inputs[0]!.address) + 2 * pass.start;
  const call = (module: 'conv' | 'conv-rows', first: number, outputs: number, runLength: number): Call => {
    const output = pass.firstOutput + first;
    const pixel = pass.outOffset[0] * kernel.output[1] + pass.outOffset[1];
    const args = [
      x,
      constants.shift()!,
      place.constants[0]! + 4 * output,
      place.output.address + pixel * pixelBytes + output * bytes,
      ...pass.output,
      pass.strides[0] * width * channels * 2,
      pass.strides[1] * channels * 2,
      pass.kernel[0],
      columns,
      pass.dilations[0] * width * channels * 2,
      pass.dilations[1] * channels * 2,
      runLength,
      outputs,
      pass.outStrides[0] * kernel.output[1] * pixelBytes,
      pass.outStrides[1] * pixelBytes,
    ];
    const flags = [resultCode(kernel), float(kernel.low), float(kernel.high)];
    return module === 'conv'
      ? { module: 'kernels/conv', name: 'conv_pairs', args: [...args.map(String), kernel.short ? '1' : '0', ...flags] }
      : { module: 'kernels/conv-rows', name: 'conv_rows', args: [...args.map(String), ...flags] };
  };
  const multiple = place.target === 'simd' ? 8 : 1;
  return [
    ...(pairs > 0 ? [call('conv', 0, pairs, Math.ceil(length / 2))] : []),
    ...(pairs < pass.outputs ? [call('conv-rows', pairs, pass.outputs - pairs, Math.ceil(length / multiple) * multiple)] : []),
  ];
}
