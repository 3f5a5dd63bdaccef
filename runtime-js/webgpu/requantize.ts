import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';

export const requantize = defineShader<'requantize'>({
  lower: ({ rounding, channels, low, high }, operands) => {
    const { constants, offsets } = joinConstants(operands.constants.map(asWords));
    return eachOf(
      operands,
      constants,
      `fn value(window: u32, i: u32) -> i32 {
  let c = i % ${channels}u;
  let fixed = multiply_${rounding}(a_at(window, i), i32(constants[c]), i32(constants[${offsets[1]}u + c]));
  return clamp(fixed, ${low}, ${high});
}`,
    );
  },
});
