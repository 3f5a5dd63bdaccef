import type { ValueId } from '../../ir/graph.ts';
import type { FloatGraphBuilder } from '../../ops/float-graph.ts';
import type { FormatName } from '../../ops/number-formats.ts';
import type { Grid, WeightScales } from './grids.ts';
import type { Noise } from './row.ts';
import type { NodeProto } from './schema.ts';
import type { OnnxTensor } from './tensor.ts';

/** Names of the file and what they stand for. */
export interface Scope {
  readonly file: string;
  readonly builder: FloatGraphBuilder;
  /** Values of the graph. */
  readonly values: Map<string, ValueId>;
  /** Constants, which are added to the graph when an op reads them. */
  readonly constants: Map<string, OnnxTensor>;
  /** Names that have no value here, and why. */
  readonly missing: Map<string, string>;
  /** Names of random values, which only a sampling layer may read. */
  readonly noise: Map<string, Noise>;
  /** Number format of each name in the file; in the graph all values are f32. */
  readonly formats: Map<string, FormatName>;
  /** Values that inputs of the graph are known to have: for operators that must know an operand while reading. */
  readonly known: ReadonlyMap<string, OnnxTensor>;
  /** What 8-bit values and integer weights of an int8 model stand for. */
  readonly grids: Map<ValueId, Grid>;
  readonly weightScales: Map<ValueId, WeightScales>;
  /** Version of the default operator set. */
  readonly opset: number;
  /** First extent of an autoencoder's input as its file declares it, where ours is 1; null: shapes are as given. */
  readonly batch: number | null;
  /** Whether results of the smaller floats are rounded to their format; an autoencoder is quantized anyway. */
  readonly rounds: boolean;
}

/** A node's own name, or where it has none that of its first output. */
export const nameOf = ({ name, output, opType }: NodeProto): string => (name === '' ? (output[0] ?? opType) : name);
