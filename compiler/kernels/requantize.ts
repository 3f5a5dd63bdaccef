import { multiplyDouble, multiplySingle } from './fixed-point.ts';
import { defineKernel, padConstant } from './define.ts';

export const requantize = defineKernel<'requantize'>({
  reference: ({ rounding, channels, low, high }, [acc], [mantissa, shift]) =>
    Int16Array.from(acc!, (sum, i) => {
      const multiply = rounding === 'double' ? multiplyDouble : multiplySingle;
      return Math.min(Math.max(multiply(sum, mantissa![i % channels]!, shift![i % channels]!), low), high);
    }),
  pack: (constants) => constants.map(({ values }) => padConstant(values)),
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ rounding, channels, low, high }, { inputs, constants, output }) => [
    {
      module: 'requantize',
      name: 'requantize_fixed',
      args: [
        ...[inputs[0]!.address, output.address, output.size, ...constants, channels, rounding === 'single' ? 1 : 0].map(String),
        `${low}`,
        `${high}`,
      ],
    },
  ],
});
