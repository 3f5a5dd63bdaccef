import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { defineKernel, type Activation } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

const limit = 32_767;

export const pool = defineKernel<'pool'>({
  reference: (kernel, [x]) => {
    const { output, channels } = kernel;
    return Int16Array.from({ length: output[0] * output[1] * channels }, (_, at) => {
      const pixel = Math.floor(at / channels);
      return poolOne(kernel, x!, Math.floor(pixel / output[1]), pixel % output[1], at % channels);
    });
  },
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ fn, input, output, kernel, strides, dilations, pads, channels, counted, awayFrom }, place) => [
    {
      module: 'kernels/pool',
      name: 'pool_i16',
      args: [
        place.inputs[0]!.address,
        place.output.address,
        ...input,
        channels,
        ...output,
        ...kernel,
        ...strides,
        ...dilations,
        ...pads,
        fn === 'average' ? 1 : 0,
        counted === null ? 0 : 1,
        ...(counted === null ? [0, 0] : [input[0] + counted[0], input[1] + counted[1]]),
        awayFrom === null ? 0 : 1,
        awayFrom ?? 0,
      ].map(String),
    },
  ],
});

function poolOne(
  { fn, input, kernel, strides, dilations, pads, channels, counted, awayFrom }: KernelOf<'pool'>,
  x: Activation,
  row: number,
  column: number,
  channel: number,
): number {
  let [sum, peak, count] = [0, -32_768, 0];
  for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
    const iy = row * strides[0] - pads[0] + Math.floor(tap / kernel[1]) * dilations[0];
    const ix = column * strides[1] - pads[1] + (tap % kernel[1]) * dilations[1];
    const inside = iy >= 0 && iy < input[0] && ix >= 0 && ix < input[1];
    if (inside || (counted !== null && iy < input[0] + counted[0] && ix < input[1] + counted[1])) count++;
    if (!inside) continue;
    const value = x[(iy * input[1] + ix) * channels + channel]!;
    sum += value;
    peak = Math.max(peak, value);
  }
  if (fn === 'max') return peak;
  if (awayFrom !== null) {
    const q = sum + count * awayFrom;
    return Math.trunc((q + Math.sign(q) * Math.floor(count / 2)) / count) - awayFrom;
  }
  return roundHalfEven(clamp(Math.fround(Math.fround(sum) / count), -limit, limit));
}
