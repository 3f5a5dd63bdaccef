import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';
import { bits } from './wgsl/float32.ts';

export const resample = defineShader<'resample'>({
  lower: ({ extent, count, taps, run, low, high }, operands) => {
    const { constants, offsets } = joinConstants(operands.constants.map(asWords));
    return eachOf(
      operands,
      constants,
      `fn value(window: u32, i: u32) -> i32 {
  let first = (i / ${count * run}u) * ${extent}u;
  let j = ((i / ${run}u) % ${count}u) * ${taps}u;
  var sum = 0u;
  for (var t = j; t < j + ${taps}u; t++) {
    let x = a_at(window, (first + constants[t]) * ${run}u + i % ${run}u);
    sum = f_add(sum, f_multiply(constants[${offsets[1]}u + t], f_from_integer(x)));
  }
  return round_clamped(sum, ${bits(low)}, ${bits(high)});
}`,
    );
  },
});
