import type { ValueId } from '../../ir/graph.ts';
import type { FloatGraphBuilder } from '../../ops/float-graph.ts';
import type { Grid } from './grids.ts';
import type { Spread } from './ops/batches.ts';
import type { Noise } from './ops/noise.ts';
import type { TfliteFile } from './table.ts';
import type { TfliteTensor } from './tensor.ts';

/** Tensors of the file by their index, and what they stand for. */
export interface Scope {
  readonly file: TfliteFile;
  readonly builder: FloatGraphBuilder;
  readonly tensors: readonly TfliteTensor[];
  /** Values of the graph. */
  readonly values: Map<number, ValueId>;
  /** Between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND. */
  readonly spreads: Map<number, Spread>;
  /** Random values: they have no value of the graph. */
  readonly noises: Map<number, Noise>;
  /** Of an int8 model: which grid a value lies on. */
  readonly grids: Map<ValueId, Grid>;
  /** Scales of weights that were integers: one, or one per index of an axis. */
  readonly weightScales: Map<ValueId, { readonly axis: number; readonly scales: Float32Array }>;
}
