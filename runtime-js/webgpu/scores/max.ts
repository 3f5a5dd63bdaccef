import { lanesOf, residual, type ScoreShader } from './define.ts';

export const max: ScoreShader = {
  lower: ({ n }) => ({
    // Bits of numbers that are not negative are in their order, and NaN is the greatest.
    passes: [residual(n, 'f_abs(d)'), lanesOf([{ operand: 'errors', first: 0, size: n }], 'max(lane, e)')],
    scratch: 0,
    lanes: 4,
    finish: (lanes) => Math.max(...lanes),
  }),
};
