import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import type { Box } from '../../runtime-js/artifact/layout/pass.ts';
import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import { even, preparedBytes, tileSide, together, winogradOf, type Winograd } from '../../runtime-js/artifact/layout/winograd.ts';
import { emitBox, resultCode, scratchOfBox } from './convolution.ts';
import { float, type Call, type PackedConstant, type Place, type Preparation } from './define.ts';

/** The image with its padding, as far as the last tile reads. */
function boxOf({ stride, tiles: [rows, columns], conv: { pads } }: Winograd): Box {
  const read = (tiles: number): number => stride * (tileSide * tiles - 1) + 3;
  return { extent: [read(rows), read(columns)], offset: pads, copied: true };
}

const boxBytes = (winograd: Winograd): number => 16 * Math.ceil(scratchOfBox(boxOf(winograd), winograd.conv) / 16);

/** Behind the box: a tile on its way, the sums of a unit of 8 outputs, and the transformed inputs. */
export const scratchOfWinograd = (winograd: Winograd): number =>
  boxBytes(winograd) + 192 * winograd.side + together * winograd.side ** 2 * (8 * 4 + 2 * padded(winograd.conv.channels[0]));

/** Multipliers of a convolution: its sums are multiples of a power of two, if they go through Winograd's. */
export function scaledForWinograd(
  multiplier: PackedConstant | undefined,
  kernel: KernelOf<'conv'>,
  target: Target,
): PackedConstant | undefined {
  const winograd = winogradOf(kernel, target);
  if (multiplier === undefined || winograd === null || kernel.result !== 'i16') return multiplier;
  return { ...multiplier, values: multiplier.values.map((m) => m / winograd.scale) };
}

export const prepareWinograd = ({ stride, conv }: Winograd): Preparation => ({
  bytes: preparedBytes(conv),
  emit: ({ constants, prepared, scratch }) => {
    const [inputs, outputs] = conv.channels;
    const args = [constants[1]!, prepared, scratch, stride, padded(outputs) / 8, even(inputs) / 2];
    return { module: 'kernels/winograd', name: 'prepare_winograd', args: args.map(String) };
  },
});

export function emitWinograd(winograd: Winograd, place: Place): Call[] {
  const { stride, tiles, conv } = winograd;
  const { constants, scratch, prepared, output } = place;
  const addresses = [scratch, prepared, constants[2]!, constants[0]!, output.address, scratch + boxBytes(winograd)];
  const numbers = [...addresses, stride, ...conv.output, ...tiles, ...conv.channels].map(String);
  const flags = [resultCode(conv), float(conv.low), float(conv.high)];
  return [
    ...emitBox(boxOf(winograd), conv, place),
    { module: 'kernels/winograd', name: 'winograd', args: [...numbers, ...flags] },
  ];
}
