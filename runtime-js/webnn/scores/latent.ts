import { meanOf, quadratic, squaredResidual, type LowerScore } from './define.ts';

export const latent: LowerScore = (seen, net) => {
  const [mean, matrix] = seen.constants;
  const centred = net.builder.sub(seen.code!, net.constant(mean!, [mean!.length]));
  return { score: meanOf(quadratic(centred, matrix!, net), net), errors: squaredResidual(seen, net) };
};
