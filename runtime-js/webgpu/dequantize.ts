import { defineShader } from './define.ts';
import { eachOf } from './each.ts';
import { bits, multiplierOf } from './wgsl/float32.ts';

export const dequantize = defineShader<'dequantize'>({
  lower: ({ scale }, operands) =>
    eachOf(
      operands,
      null,
      `fn value(window: u32, i: u32) -> u32 { return ${multiplierOf([scale])}(f_from_integer(a_at(window, i)), ${bits(scale)}); }`,
    ),
});
