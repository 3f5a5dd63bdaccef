import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import { defineKernel, padConstant } from './define.ts';

export const scale = defineKernel<'scale'>({
  reference: (_, [x], [factor, offset]) =>
    Float32Array.from(x!, (value, i) => Math.fround(Math.fround(value * factor![i]!) + offset![i]!)),
  pack: (constants) => constants.map(({ values }) => padConstant(values)),
  inPlace: true,
  scratchBytes: () => 0,
  emit: (_, { inputs, constants, output }) => [
    {
      module: 'kernels/scale',
      name: 'scale_f32',
      args: [inputs[0]!.address, output.address, padded(output.size), ...constants].map(String),
    },
  ],
});
