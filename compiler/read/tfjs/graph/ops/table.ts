import type { Rows } from '../row.ts';
import { constants } from './constants.ts';
import { convolution } from './convolution.ts';
import { images } from './images.ts';
import { linear } from './linear.ts';
import { moving } from './moving.ts';
import { random } from './noise.ts';
import { pointwise } from './pointwise.ts';
import { reductions } from './reducing.ts';

/** One row per TensorFlow operator (https://www.tensorflow.org/api_docs/python/tf/raw_ops). */
export const rows: Rows = {
  ...constants,
  ...convolution,
  ...images,
  ...linear,
  ...moving,
  ...pointwise,
  ...random,
  ...reductions,
};
