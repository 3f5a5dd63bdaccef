import { joinConstants, type Pass } from '../define.ts';
import { perUnit } from '../each.ts';
import { bits } from '../wgsl/float32.ts';
import { lanesOf, residual, sumOfLanes, type ScoreShader } from './define.ts';
import { quadratic } from './quadratic.ts';

/** The scratch memory: the distance of the code from its mean, then the terms of the quadratic form. */
export const latent: ScoreShader = {
  lower: ({ n, code: { size: k, scale }, constants: [mean, matrix] }) => {
    const centred: Pass = {
      program: perUnit(
        k,
        '',
        `let code = f_multiply(f_from_integer(code_at(window, unit)), ${bits(scale)});
  out[window * ${2 * k}u + unit] = f_subtract(code, constants[unit]);`,
      ),
      reads: { code: 'code' },
      writes: 'scratch',
      constants: joinConstants([mean!]).constants,
    };
    return {
      passes: [
        residual(n, 'f_multiply(d, d)'),
        centred,
        quadratic(k, matrix!, { stride: 2 * k, writes: 'scratch', to: k }),
        lanesOf([{ operand: 'scratch', first: k, size: k }]),
      ],
      scratch: 2 * k,
      lanes: 4,
      finish: (lanes) => Math.fround(sumOfLanes(lanes) / k),
    };
  },
};
