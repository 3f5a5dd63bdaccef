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

/**
 * value * mantissa * 2^(shift - 31), rounded twice half away from zero: gemmlowp's SaturatingRoundingDoublingHighMul, then
 * RoundingDivideByPOT, as TFLite Micro's reference kernels do it.
 */
export function multiplyDouble(value: number, mantissa: number, shift: number): number {
  const product = BigInt(shift > 0 ? value << shift : value) * BigInt(mantissa);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = Number((product + nudge) / (1n << 31n));
  if (shift >= 0) return high;
  const mask = 2 ** -shift - 1;
  const threshold = (mask >> 1) + (high < 0 ? 1 : 0);
  return (high >> -shift) + ((high & mask) > threshold ? 1 : 0);
}

/** The same, rounded once, half up (ruy, TFLITE_SINGLE_ROUNDING). */
export function multiplySingle(value: number, mantissa: number, shift: number): number {
  const right = BigInt(31 - shift);
  return Number((BigInt(value) * BigInt(mantissa) + (1n << (right - 1n))) >> right);
}
