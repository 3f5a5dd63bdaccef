import { asWords, defineShader, joinConstants } from './define.ts';
import { peakThen } from './rows.ts';
import { bits } from './wgsl/float32.ts';

export const softmax = defineShader<'softmax'>({
  lower: ({ n, inverseScale, low, high }, operands) =>
    peakThen(n, operands.output, joinConstants(operands.constants.map(asWords)).constants, {
      sum: 'f_add(sum, constants[peak - x])',
      value: `round_clamped(f_multiply(f_divide(constants[peak - x], whole), ${bits(inverseScale)}), ${bits(low)}, ${bits(high)})`,
    }),
});
