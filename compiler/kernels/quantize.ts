import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import { defineKernel, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const quantize = defineKernel<'quantize'>({
  reference: ({ inverseScale, low, high }, [x]) =>
    Int16Array.from(x!, (value) => roundHalfEven(clamp(Math.fround(value * inverseScale), low, high))),
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ inverseScale, low, high }, { inputs, output }) => [
    {
      module: 'kernels/quantize',
      name: 'quantize_f32_i16',
      args: [
        `${inputs[0]!.address}`,
        `${output.address}`,
        `${padded(output.size)}`,
        float(inverseScale),
        float(low),
        float(high),
      ],
    },
  ],
});
