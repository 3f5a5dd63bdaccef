import type { Target } from '../abi.ts';
import type { KernelOf, Pair } from '../kernel.ts';
import { padded, type Stream } from './stream.ts';

type Conv = KernelOf<'conv'>;

/** How runtime-as/kernels/winograd.ts computes a convolution of 3 x 3 taps of one stride. */
interface Form {
  readonly stride: number;
  /** Places of a tile along each axis. */
  readonly side: number;
  /** What its sums are multiples of, and which power of two of that is left behind the division by 9. */
  readonly multiple: number;
  readonly scale: number;
  /** What a channel of a tile costs on its way in and out, in multiply-adds of conv_pairs, on a Zen 5. */
  readonly inputCost: number;
  readonly outputCost: number;
}

const forms: readonly Form[] = [
  { stride: 1, side: 6, multiple: 576, scale: 64, inputCost: 130, outputCost: 220 },
  { stride: 2, side: 9, multiple: 36, scale: 4, inputCost: 290, outputCost: 130 },
];

/** Outputs of a tile along each axis, and tiles that go through the kernel together. */
export const [tileSide, together] = [4, 4];

/** Transformed weights of one layer beyond this would come from the third-level cache of most machines. */
const greatestPrepared = 2 ** 21;

export interface Winograd extends Form {
  readonly conv: Conv;
  /** Rows and columns of tiles. */
  readonly tiles: Pair;
}

/**
 * How a convolution goes through Winograd's, or null if it cannot or should not: there are fewer multiplications, but tiles that hang
 * over the edge of the image are computed whole, and inputs and outputs are transformed.
 */
export function winogradOf(conv: Conv, target: Target): Winograd | null {
  const { narrow, kernel, strides, dilations, groups, output, channels } = conv;
  const form = forms.find(({ stride }) => strides.every((value) => value === stride));
  const isPlain = [...dilations, groups].every((value) => value === 1) && kernel.every((value) => value === 3);
  if (target !== 'simd' || !narrow || form === undefined || !isPlain || channels[1] < 8) return null;
  const tiles = [Math.ceil(output[0] / tileSide), Math.ceil(output[1] / tileSide)] as const;
  const winograd = { ...form, conv, tiles };
  return costOf(winograd) < 0.9 * directCostOf(conv) && preparedBytes(conv) <= greatestPrepared ? winograd : null;
}

export const even = (count: number): number => 2 * Math.ceil(count / 2);

/** In multiply-adds of conv_pairs. To begin and to end the sums of a place takes as long as 6 channels. */
function costOf({ side, tiles, inputCost, outputCost, conv: { channels } }: Winograd): number {
  const [inputs, outputs] = [padded(channels[0]), padded(channels[1])];
  const count = together * Math.ceil((tiles[0] * tiles[1]) / together);
  return count * (side ** 2 * (even(channels[0]) + 6) * outputs + inputCost * inputs + outputCost * outputs);
}

/** That of conv_pairs, where each row of taps begins with what takes as long as 4 multiply-adds. */
const directCostOf = ({ output, channels: [inputs, outputs] }: Conv): number =>
  output[0] * output[1] * padded(outputs) * 3 * (even(3 * inputs) + 4);

export const preparedBytes = ({ channels: [inputs, outputs] }: Conv): number => 2 * 36 * even(inputs) * padded(outputs);

/**
 * Weights, then biases, as the kernel reads them: an even number of channels, outputs padded with zeros to units of 8. A bias
 * wraps around as the sums do.
 */
export function winogradStreams({ multiple, conv: { channels } }: Winograd): Stream[] {
  const [inputs, outputs] = channels;
  const common = { pairs: 'bytes', biasMultiple: multiple } as const;
  return [
    {
      ...common,
      bytes: 9 * even(inputs) * padded(outputs),
      each: (cells) => {
        let at = 0;
        for (let unit = 0; unit < outputs; unit += 8) {
          for (let channel = 0; channel < inputs; channel += 2) {
            for (let tap = 0; tap < 9; tap++) {
              for (let o = unit; o < unit + 8; o++) {
                for (let i = channel; i < channel + 2; i++) {
                  cells.weight(at++, o < outputs && i < inputs ? (o * 9 + tap) * inputs + i : -1);
                }
              }
            }
          }
        }
      },
    },
    {
      ...common,
      bytes: 4 * padded(outputs),
      each: (cells) => {
        for (let o = 0; o < outputs; o++) cells.bias(4 * o, o);
      },
    },
  ];
}
