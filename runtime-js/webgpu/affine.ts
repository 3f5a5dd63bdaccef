import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';
import { bits, multiplierOf } from './wgsl/float32.ts';

export const affine = defineShader<'affine'>({
  lower: ({ period, low, high }, operands) => {
    const { constants, offsets } = joinConstants(operands.constants.map(asWords));
    return eachOf(
      operands,
      constants,
      `fn value(window: u32, i: u32) -> i32 {
  let at = i % ${period}u;
  let product = ${multiplierOf(operands.constants[0]!)}(f_from_integer(a_at(window, i)), constants[at]);
  return round_clamped(f_add(product, constants[${offsets[1]}u + at]), ${bits(low)}, ${bits(high)});
}`,
    );
  },
});
