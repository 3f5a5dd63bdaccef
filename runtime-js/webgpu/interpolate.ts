import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';
import { bits } from './wgsl/float32.ts';

export const interpolate = defineShader<'interpolate'>({
  lower: ({ start, inverseStep, low, high }, operands) => {
    const { constants } = joinConstants(operands.constants.map(asWords));
    return eachOf(
      operands,
      constants,
      `fn value(window: u32, i: u32) -> u32 {
  let t = f_multiply(f_subtract(a_at(window, i), ${bits(start)}), ${bits(inverseStep)});
  let at = f_truncate(f_clamp(t, 0u, ${bits(constants.length - 2)}));
  let left = constants[at];
  let rise = f_subtract(constants[at + 1], left);
  let line = f_add(left, f_multiply(f_subtract(t, f_from_integer(at)), rise));
  return f_clamp(line, ${bits(low)}, ${bits(high)});
}`,
    );
  },
});
