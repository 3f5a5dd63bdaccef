import type { KernelOf } from '../artifact/kernel.ts';
import { defineShader } from './define.ts';
import { eachOf } from './each.ts';
import { bits, multiplierOf } from './wgsl/float32.ts';

const functions: Readonly<Record<KernelOf<'binary'>['fn'], string>> = {
  add: 'f_add(x, y)',
  sub: 'f_subtract(x, y)',
  mul: 'f_multiply(x, y)',
  div: 'f_divide(x, y)',
  max: 'select(y, x, f_less(y, x))',
  min: 'select(y, x, f_less(x, y))',
};

export const binary = defineShader<'binary'>({
  lower: ({ fn, scaleA, scaleB, inverseScale, low, high }, operands) =>
    eachOf(
      operands,
      null,
      `fn value(window: u32, i: u32) -> i32 {
  let x = ${multiplierOf([scaleA])}(f_from_integer(a_at(window, i)), ${bits(scaleA)});
  let y = ${multiplierOf([scaleB])}(f_from_integer(b_at(window, i)), ${bits(scaleB)});
  return round_clamped(f_multiply(${functions[fn]}, ${bits(inverseScale)}), ${bits(low)}, ${bits(high)});
}`,
    ),
});
