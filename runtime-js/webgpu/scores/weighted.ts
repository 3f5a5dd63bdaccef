import { joinConstants } from '../define.ts';
import { meanOfErrors, residual, type ScoreShader } from './define.ts';

export const weighted: ScoreShader = {
  lower: ({ n, constants }) =>
    meanOfErrors(n, [residual(n, 'f_multiply(f_multiply(d, d), constants[i])', joinConstants(constants).constants)]),
};
