import { scoredByMean, squaredResidual, type LowerScore } from './define.ts';

export const mse: LowerScore = (seen, net) => scoredByMean(squaredResidual(seen, net), net);
