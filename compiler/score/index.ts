// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.
import { mae } from './mae.ts';
import { max } from './max.ts';
import { mse } from './mse.ts';
import { weighted } from './weighted.ts';

export const scores = {
  mae,
  max,
  mse,
  weighted,
};
