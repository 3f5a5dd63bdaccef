import { asWords, defineShader, joinConstants } from './define.ts';
import { eachOf } from './each.ts';

export const scale = defineShader<'scale'>({
  lower: (_, operands) => {
    const { constants, offsets } = joinConstants(operands.constants.map(asWords));
    return eachOf(
      operands,
      constants,
      `fn value(window: u32, i: u32) -> u32 {
  return f_add(f_multiply(a_at(window, i), constants[i]), constants[${offsets[1]}u + i]);
}`,
    );
  },
});
