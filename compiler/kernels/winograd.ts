import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { KernelOf, Pair } from '../../runtime-js/artifact/kernel.ts';
import { emitBox, resultCode, scratchOfBox, type Box } from './convolution.ts';
import { float, padConstant, padded, type Call, type Place, type Preparation } from './define.ts';
import type { IntConstant } from './int-graph.ts';

/** Side of a tile of outputs, and places in which a tile is multiplied: (4 + 3 - 1)^2. */
const [side, places] = [4, 36];

/** Tiles that go through the kernel together. */
const together = 4;

/** Transformed weights of one layer beyond this would come from the third-level cache of most machines. */
const greatestPrepared = 2 ** 21;

/**
 * Whether a convolution goes through runtime-as/kernels/winograd.ts: a quarter of the multiplications, but tiles that hang over the
 * edge of the image are computed whole, and inputs and outputs are transformed. Costs are in multiply-adds of conv_pairs, as
 * measured on a Zen 5: a channel of an input tile takes as long as 130 of them, an output of it 250, and the beginning of each row
 * of taps in conv_pairs 3.
 */
export function isWinograd(kernel: KernelOf<'conv'>, target: Target): boolean {
  const { narrow, kernel: taps, strides, dilations, groups, output, channels } = kernel;
  const [inputs, outputs] = channels;
  const isPlain = [...strides, ...dilations, groups].every((value) => value === 1);
  if (target !== 'simd' || !narrow || !isPlain || taps[0] !== 3 || taps[1] !== 3 || outputs < 8) return false;
  const [rows, columns] = tilesOf(kernel);
  const tiles = together * Math.ceil((rows * columns) / together);
  const direct = output[0] * output[1] * padded(outputs) * 3 * (even(3 * inputs) + 3);
  const transformed = tiles * (places * even(inputs) * padded(outputs) + 130 * padded(inputs) + 250 * padded(outputs));
  return transformed < 0.9 * direct && preparedBytes(kernel) <= greatestPrepared;
}

const even = (count: number): number => 2 * Math.ceil(count / 2);

const tilesOf = ({ output }: KernelOf<'conv'>): Pair => [Math.ceil(output[0] / side), Math.ceil(output[1] / side)];

const preparedBytes = ({ channels: [inputs, outputs] }: KernelOf<'conv'>): number => 2 * places * even(inputs) * padded(outputs);

/** The image with its padding, as far as the last tile reads. */
function boxOf(kernel: KernelOf<'conv'>): Box {
  const [rows, columns] = tilesOf(kernel);
  return { extent: [side * rows + 2, side * columns + 2], offset: kernel.pads, copied: true };
}

const boxBytes = (kernel: KernelOf<'conv'>): number => 16 * Math.ceil(scratchOfBox(boxOf(kernel), kernel) / 16);

/** Behind the box: 48 vectors of a tile on its way, the sums of a unit of 8 outputs, and the transformed inputs. */
export const scratchOfWinograd = (kernel: KernelOf<'conv'>): number =>
  boxBytes(kernel) + 48 * 16 + together * places * (8 * 4 + 2 * padded(kernel.channels[0]));

/**
 * Multipliers, weights and bias as the kernel reads them: an even number of channels, outputs padded with zeros to units of 8.
 * A bias times 576 wraps around as the sums do.
 */
export function packWinograd(
  { channels, result }: KernelOf<'conv'>,
  w: IntConstant,
  bias: IntConstant,
  multiplier: IntConstant | undefined,
): Uint8Array[] {
  const [inputs, outputs] = channels;
  const bytes = new Int8Array(9 * even(inputs) * padded(outputs));
  let at = 0;
  for (let unit = 0; unit < outputs; unit += 8) {
    for (let channel = 0; channel < inputs; channel += 2) {
      for (let tap = 0; tap < 9; tap++) {
        for (let o = unit; o < unit + 8; o++) {
          for (let i = channel; i < channel + 2; i++) {
            bytes[at++] = o < outputs && i < inputs ? w[(o * 9 + tap) * inputs + i]! : 0;
          }
        }
      }
    }
  }
  return [
    multiplier === undefined ? new Uint8Array(0) : padConstant(multiplier.map((m) => (result === 'i16' ? m / 64 : m))),
    new Uint8Array(bytes.buffer),
    padConstant(Int32Array.from(bias, (b) => Math.imul(b, 576))),
  ];
}

export const prepareWinograd = (kernel: KernelOf<'conv'>): Preparation => ({
  bytes: preparedBytes(kernel),
  emit: ({ constants, prepared, scratch }) => {
    const args = [constants[1]!, prepared, scratch, padded(kernel.channels[1]) / 8, even(kernel.channels[0]) / 2];
    return { module: 'kernels/winograd', name: 'prepare_winograd', args: args.map(String) };
  },
});

export function emitWinograd(kernel: KernelOf<'conv'>, place: Place): Call[] {
  const { constants, scratch, prepared, output } = place;
  const args = [scratch, prepared, constants[2]!, constants[0]!, output.address, scratch + boxBytes(kernel)];
  const numbers = [...args, ...kernel.output, ...tilesOf(kernel), ...kernel.channels].map(String);
  const flags = [resultCode(kernel), float(kernel.low), float(kernel.high)];
  return [
    ...emitBox(boxOf(kernel), kernel, place),
    { module: 'kernels/winograd', name: 'winograd', args: [...numbers, ...flags] },
  ];
}
