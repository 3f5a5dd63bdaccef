import type { Target } from '../abi.ts';
import type { Convolution, Pair } from '../kernel.ts';
import type { Stream } from './stream.ts';

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
  /** Index of the weight of output `o` (counted from firstOutput) at tap (y, x) and channel i; -1 for none. */
  readonly weight: (o: number, y: number, x: number, i: number) => number;
}

/** The zero-padded box that a convolution reads, or the image itself where it needs no padding. */
export interface Box {
  readonly extent: Pair;
  /** Where the image begins in it. */
  readonly offset: Pair;
  readonly copied: boolean;
}

/** How many of a pass's outputs go through conv_pairs, in units of 8; the few that are left go through conv_rows. */
export function byPairs({ outputs }: Pass, target: Target): number {
  if (target === 'scalar') return 0;
  return outputs % 8 > 4 ? outputs : outputs - (outputs % 8);
}

/** Runs of taps per row of the window, and values of a run: taps that lie side by side in the box are one. */
export function runsOf(pass: Pass, kernel: Convolution): { readonly columns: number; readonly length: number } {
  const { kernel: taps, dilations, channels } = pass;
  const isJoined = dilations[1] === 1 && channels === kernel.channels[0];
  return isJoined ? { columns: 1, length: taps[1] * channels } : { columns: taps[1], length: channels };
}

/** The streams of a pass; the layouts are said in runtime-as/kernels/conv.ts and conv-rows.ts. */
export function passStreams(pass: Pass, kernel: Convolution, target: Target): Stream[] {
  const pairs = byPairs(pass, target);
  return [
    ...(pairs > 0 ? [pairsStream(pass, kernel, pairs)] : []),
    ...(pairs < pass.outputs ? [rowsStream(pass, kernel, pairs, target)] : []),
  ];
}

const biasOf = ({ firstOutput, outputs }: Pass, o: number): number => (o < outputs ? firstOutput + o : -1);

/** Units of 8 outputs: their biases, then for each two values of their runs four lanes of two pairs. */
function pairsStream(pass: Pass, kernel: Convolution, pairs: number): Stream {
  const { short } = kernel;
  const units = Math.ceil(pairs / 8);
  const length = rowLength(pass, kernel, 2);
  const unitBytes = 32 + 8 * length;
  return {
    bytes: units * unitBytes,
    pairs: short ? 'joined' : 'bytes',
    biasMultiple: 1,
    each: (cells) => {
      for (let unit = 0; unit < units; unit++) {
        const at = unit * unitBytes;
        for (let i = 0; i < 4; i++) {
          const [upper, lower] = [biasOf(pass, 8 * unit + i), biasOf(pass, 8 * unit + i + 4)];
          if (short) cells.biasPair(at + 4 * i, upper, lower);
          else {
            cells.bias(at + 4 * i, upper);
            cells.bias(at + 16 + 4 * i, lower);
          }
        }
        const rows = Array.from({ length: 8 }, (_, i) => rowOf(pass, kernel, 8 * unit + i, 2));
        for (let k = 0; k < length; k++) {
          const first = at + 32 + 16 * (k >> 1) + 2 * (k & 1);
          for (let i = 0; i < 4; i++) cells.pair(first + 4 * i, rows[i]![k]!, rows[i + 4]![k]!);
        }
      }
    },
  };
}

/** Outputs one by one: the bias, and 16 bytes from there the weights. */
function rowsStream(pass: Pass, kernel: Convolution, from: number, target: Target): Stream {
  const multiple = target === 'simd' ? 8 : 1;
  const rowBytes = 16 + Math.ceil(rowLength(pass, kernel, multiple) / 16) * 16;
  return {
    bytes: (pass.outputs - from) * rowBytes,
    pairs: 'bytes',
    biasMultiple: 1,
    each: (cells) => {
      for (let o = from; o < pass.outputs; o++) {
        const at = (o - from) * rowBytes;
        cells.bias(at, biasOf(pass, o));
        rowOf(pass, kernel, o, multiple).forEach((index, k) => cells.weight(at + 16 + k, index));
      }
    },
  };
}

function rowLength(pass: Pass, kernel: Convolution, multiple: number): number {
  const { columns, length } = runsOf(pass, kernel);
  return pass.kernel[0] * columns * Math.ceil(length / multiple) * multiple;
}

/** Indices of all weights of one output of a pass, run after run, each run padded to a multiple of `multiple`. */
function rowOf(pass: Pass, kernel: Convolution, o: number, multiple: number): number[] {
  const { columns, length } = runsOf(pass, kernel);
  const paddedLength = Math.ceil(length / multiple) * multiple;
  const row: number[] = [];
  for (let y = 0; y < pass.kernel[0]; y++) {
    for (let column = 0; column < columns; column++) {
      for (let at = 0; at < paddedLength; at++) {
        const x = column + Math.floor(at / pass.channels);
        row.push(at < length && o < pass.outputs ? pass.weight(o, y, x, at % pass.channels) : -1);
      }
    }
  }
  return row;
}
