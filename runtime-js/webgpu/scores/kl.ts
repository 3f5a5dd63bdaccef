import { joinConstants, type Pass } from '../define.ts';
import { perUnit } from '../each.ts';
import { bits } from '../wgsl/float32.ts';
import { lanesOf, residual, sumOfLanes, type ScoreShader } from './define.ts';

/** Straight lines of (e^v - 1 - v) / 2 (compiler/score/kl.ts): where they begin, and how many there are per unit. */
const [start, perUnitOfV] = [-16, 32];

/** The scratch memory: the divergence of each value of the code. */
export const kl: ScoreShader = {
  lower: ({ n, code: { size: k, scale }, constants: [lines] }) => {
    const divergence: Pass = {
      program: perUnit(
        k,
        '',
        `let mean = f_multiply(f_from_integer(code_at(window, unit)), ${bits(scale)});
  let t = f_multiply(f_subtract(v_at(window, unit), ${bits(start)}), ${bits(perUnitOfV)});
  let at = f_truncate(f_clamp(t, 0u, ${bits(lines!.length - 2)}));
  let left = constants[at];
  let rise = f_subtract(constants[at + 1], left);
  let ofVariance = f_add(left, f_multiply(f_subtract(t, f_from_integer(at)), rise));
  out[window * ${k}u + unit] = f_add(f_multiply(${bits(0.5)}, f_multiply(mean, mean)), ofVariance);`,
      ),
      reads: { code: 'code', v: 'logVariance' },
      writes: 'scratch',
      constants: joinConstants([lines!]).constants,
    };
    return {
      passes: [
        residual(n, 'f_multiply(d, d)'),
        divergence,
        lanesOf([
          { operand: 'errors', first: 0, size: n },
          { operand: 'scratch', first: 0, size: k },
        ]),
      ],
      scratch: k,
      lanes: 8,
      finish: (lanes) => Math.fround(Math.fround(sumOfLanes(lanes) / n) + Math.fround(sumOfLanes(lanes.subarray(4)) / n)),
    };
  },
};
