import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';

export const gather = defineShader<'gather'>({
  lower: ({ extent, count, run, float }, operands) =>
    eachOf(
      operands,
      joinConstants(operands.constants.map(asWords)).constants,
      `fn value(window: u32, i: u32) -> ${float ? 'u32' : 'i32'} {
  let block = i / ${count * run}u;
  let chosen = constants[(i / ${run}u) % ${count}u];
  return a_at(window, (block * ${extent}u + chosen) * ${run}u + i % ${run}u);
}`,
    ),
});
