import { meanOfErrors, residual, type ScoreShader } from './define.ts';

export const mse: ScoreShader = {
  lower: ({ n }) => meanOfErrors(n, [residual(n, 'f_multiply(d, d)')]),
};
