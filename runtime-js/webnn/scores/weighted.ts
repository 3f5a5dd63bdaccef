import { scoredByMean, squaredResidual, type LowerScore } from './define.ts';

export const weighted: LowerScore = (seen, net) => {
  const [weights] = seen.constants;
  return scoredByMean(net.builder.mul(squaredResidual(seen, net), net.constant(weights!, [weights!.length])), net);
};
