import { asWords, defineShader, joinConstants } from './define.ts';
import { peakThen } from './rows.ts';

export const softmaxFixed = defineShader<'softmaxFixed'>({
  lower: ({ n }, operands) =>
    peakThen(n, operands.output, joinConstants(operands.constants.map(asWords)).constants, {
      // To 12 integer bits.
      sum: 'sum + u32(divide_by_power(i32(constants[peak - x]), 12u))',
      value: `clamp(divide_by_power(
    high_product(reciprocal(i32((whole << countLeadingZeros(whole)) - 0x80000000u)), i32(constants[peak - x])),
    35u - countLeadingZeros(whole)), 0, 255)`,
    }),
});
