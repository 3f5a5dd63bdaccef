import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';
import { bits, multiplierOf } from './wgsl/float32.ts';

/** As compiler/kernels/join-sums.ts: int16 weights are so much times an upper and once a lower int8. */
const wideWeightBase = 254;

export const joinSums = defineShader<'joinSums'>({
  lower: ({ result, period, low, high }, operands) => {
    const { constants } = joinConstants(operands.constants.map(asWords));
    const [type, end] = result === 'f32' ? ['u32', 'f_clamp'] : ['i32', 'round_clamped'];
    return eachOf(
      operands,
      constants,
      `fn value(window: u32, i: u32) -> ${type} {
  let upper = ${multiplierOf([wideWeightBase])}(f_from_integer(a_at(window, i)), ${bits(wideWeightBase)});
  let joined = f_add(upper, f_from_integer(b_at(window, i)));
  return ${end}(f_multiply(joined, constants[i % ${period}u]), ${bits(low)}, ${bits(high)});
}`,
    );
  },
});
