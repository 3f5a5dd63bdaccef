import { defineKernel } from './define.ts';
import { multiplyDouble, multiplySingle } from './fixed-point.ts';

export const addFixed = defineKernel<'addFixed'>({
  reference: ({ rounding, a, b, out, low, high }, [x, y]) => {
    const multiply = rounding === 'double' ? multiplyDouble : multiplySingle;
    return Int16Array.from(x!, (value, i) => {
      const sum = multiply(value * 2 ** 20, a.mantissa, a.shift) + multiply(y![i]! * 2 ** 20, b.mantissa, b.shift);
      return Math.min(Math.max(multiply(sum, out.mantissa, out.shift), low), high);
    });
  },
  pack: () => [],
  inPlace: true,
  scratchBytes: () => 0,
  emit: ({ rounding, a, b, out, low, high }, { inputs, output }) => [
    {
      module: 'kernels/binary',
      name: 'add_fixed',
      args: [
        inputs[0]!.address,
        inputs[1]!.address,
        output.address,
        output.size,
        ...[a, b, out].flatMap(({ mantissa, shift }) => [mantissa, shift]),
        rounding === 'single' ? 1 : 0,
        low,
        high,
      ].map(String),
    },
  ],
});
