import type { Rows } from '../row.ts';
import { attention } from './attention.ts';
import { convolution } from './convolution.ts';
import { core } from './core.ts';
import { merging } from './merging.ts';
import { normalization } from './normalization.ts';
import { operators } from './operators.ts';
import { pooling } from './pooling.ts';
import { recurrentLayers } from './recurrent.ts';
import { sampling } from './sampling.ts';
import { shaping } from './shaping.ts';
import { slicing } from './slicing.ts';
import { wrappers } from './wrappers.ts';

/** One row per Keras layer class, shared by .h5, .keras and TF.js. */
export const rows: Rows = {
  ...operators,
  ...core,
  ...convolution,
  ...pooling,
  ...shaping,
  ...normalization,
  ...merging,
  ...recurrentLayers,
  ...wrappers,
  ...attention,
  ...sampling,
  ...slicing,
};
