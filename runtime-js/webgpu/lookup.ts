import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';

export const lookup = defineShader<'lookup'>({
  lower: ({ first }, operands) =>
    eachOf(
      operands,
      joinConstants(operands.constants.map(asWords)).constants,
      `fn value(window: u32, i: u32) -> i32 { return bitcast<i32>(constants[a_at(window, i) - (${first})]); }`,
    ),
});
