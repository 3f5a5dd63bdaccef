import { meanOfErrors, residual, type ScoreShader } from './define.ts';

export const mae: ScoreShader = {
  lower: ({ n }) => meanOfErrors(n, [residual(n, 'f_abs(d)')]),
};
