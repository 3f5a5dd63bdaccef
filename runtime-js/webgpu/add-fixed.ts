import type { FixedPoint } from '../artifact/kernel.ts';
import { defineShader } from './define.ts';
import { eachOf } from './each.ts';

export const addFixed = defineShader<'addFixed'>({
  lower: ({ rounding, a, b, out, low, high }, operands) => {
    const multiply = (value: string, { mantissa, shift }: FixedPoint): string =>
      `multiply_${rounding}(${value}, ${mantissa}, ${shift})`;
    return eachOf(
      operands,
      null,
      `fn value(window: u32, i: u32) -> i32 {
  let sum = ${multiply('a_at(window, i) << 20u', a)} + ${multiply('b_at(window, i) << 20u', b)};
  return clamp(${multiply('sum', out)}, ${low}, ${high});
}`,
    );
  },
});
