import { quadratic, scoredByMean, type LowerScore } from './define.ts';

export const mahalanobis: LowerScore = ({ x, y, constants: [matrix] }, net) =>
  scoredByMean(quadratic(net.builder.sub(x, y), matrix!, net), net);
