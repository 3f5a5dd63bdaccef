import { defineKernel, float, padConstant } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const affine = defineKernel<'affine'>({
  reference: ({ low, high }, [x], [factor, offset]) =>
    Int16Array.from(x!, (value, i) => {
      const at = i % factor!.length;
      return roundHalfEven(clamp(Math.fround(Math.fround(value * factor![at]!) + offset![at]!), low, high));
    }),
  pack: (constants) => constants.map(({ values }) => padConstant(values)),
  inPlace: true,
  scratchBytes: () => 0,
  emit: ({ low, high, period }, { inputs, constants, output }) => [
    {
      module: 'kernels/binary',
      name: 'affine_i16',
      args: [
        ...[inputs[0]!.address, output.address, output.size, constants[0]!, constants[1]!, period].map(String),
        float(low),
        float(high),
      ],
    },
  ],
});
