// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.
import { kl } from './kl.ts';
import { latent } from './latent.ts';
import { mae } from './mae.ts';
import { mahalanobis } from './mahalanobis.ts';
import { max } from './max.ts';
import { mse } from './mse.ts';
import { ssim } from './ssim.ts';
import { weighted } from './weighted.ts';

export const scores = {
  kl,
  latent,
  mae,
  mahalanobis,
  max,
  mse,
  ssim,
  weighted,
};
