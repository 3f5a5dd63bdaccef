import { meanOfErrors, residual, type ScoreShader } from './define.ts';
import { quadratic } from './quadratic.ts';

export const mahalanobis: ScoreShader = {
  lower: ({ n, constants: [matrix] }) =>
    meanOfErrors(n, [residual(n, 'd', null, 'scratch'), quadratic(n, matrix!, { stride: n, writes: 'errors', to: 0 })], n),
};
