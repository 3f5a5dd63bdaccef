import { defineShader } from './define.ts';
import { eachOf } from './each.ts';
import { bits } from './wgsl/float32.ts';

export const quantize = defineShader<'quantize'>({
  lower: ({ inverseScale, low, high }, operands) =>
    eachOf(
      operands,
      null,
      `fn value(window: u32, i: u32) -> i32 {
  return round_clamped(f_multiply(a_at(window, i), ${bits(inverseScale)}), ${bits(low)}, ${bits(high)});
}`,
    ),
});
