import type { Rows } from '../row.ts';
import { batches } from './batches.ts';
import { constants } from './constants.ts';
import { converting } from './converting.ts';
import { convolution } from './convolution.ts';
import { linear } from './linear.ts';
import { moving } from './moving.ts';
import { random } from './noise.ts';
import { padding } from './padding.ts';
import { pointwise } from './pointwise.ts';
import { pooling } from './pooling.ts';
import { recurrentLayers } from './recurrent.ts';
import { reductions } from './reducing.ts';
import { resizing } from './resizing.ts';
import { shaping } from './shaping.ts';

/** One row per builtin operator (https://ai.google.dev/edge/litert). */
export const rows: Rows = {
  ...batches,
  ...constants,
  ...converting,
  ...convolution,
  ...linear,
  ...moving,
  ...padding,
  ...pointwise,
  ...pooling,
  ...random,
  ...recurrentLayers,
  ...reductions,
  ...resizing,
  ...shaping,
};

export const operators: readonly string[] = Object.keys(rows).toSorted();
