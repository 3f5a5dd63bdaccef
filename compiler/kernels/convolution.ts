import type { Convolution } from '../../runtime-js/artifact/kernel.ts';
import { byPairs, runsOf, type Box, type Pass } from '../../runtime-js/artifact/layout/pass.ts';
import { float, padConstant, slackBytes, type Call, type PackedConstant, type Place } from './define.ts';

/** As runtime-as/kernels/conv.ts takes it. */
export const resultCode = ({ result }: Convolution): string => ({ i16: '0', f32: '1', i32: '2' })[result];

export const resultBytes = ({ result }: Convolution): number => (result === 'i16' ? 2 : 4);

/** One multiplier per output; sums that stay as they are have none, and read none. */
export const multipliersOf = (multiplier: PackedConstant | undefined): Uint8Array =>
  multiplier === undefined ? new Uint8Array(0) : padConstant(multiplier.values);

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
