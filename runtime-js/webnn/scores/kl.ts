import { meanOf, squaredResidual, type LowerScore } from './define.ts';

export const kl: LowerScore = (seen, net) => {
  const { builder } = net;
  const [mean, variance] = [seen.code!, seen.logVariance!];
  const errors = squaredResidual(seen, net);
  const ofVariance = builder.sub(builder.sub(builder.exp(variance), net.constant([1])), variance);
  const terms = net.times(builder.add(builder.mul(mean, mean), ofVariance), 0.5);
  const divergence = net.times(builder.reduceSum(terms, { axes: [1], keepDimensions: true }), 1 / errors.shape[1]!);
  return { score: builder.add(meanOf(errors, net), divergence), errors };
};
