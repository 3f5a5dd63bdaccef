import { formatShape, sameShape } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

/**
 * The sampling layer of a variational autoencoder: a normal value per mean and log variance (Kingma and Welling 2013,
 * https://arxiv.org/abs/1312.6114). A score must not be random, so its meaning here is the mean.
 */
export const sample = defineOp<object>({
  infer: (_, [mean, logVariance]) =>
    sameShape(mean!.shape, logVariance!.shape)
      ? f32(mean!.shape)
      : { mismatch: `the mean is ${formatShape(mean!.shape)} but the log variance is ${formatShape(logVariance!.shape)}` },
  evaluate: (_, [mean]) => mean!,
});
