import type { Kernel } from '../../runtime-js/artifact/kernel.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { FloatType, IntType, Shape } from '../ir/tensor.ts';

/** Numbers that a kernel reads as they are: weights, bias, multipliers, tables. Row-major. */
export type IntConstant = Int8Array | Int16Array | Int32Array | Float32Array;

export interface ConstantType {
  readonly dtype: 'constant';
  readonly shape: Shape;
}

/** Sums of a layer before they are requantized. */
export interface SumsType {
  readonly dtype: 'i32';
  readonly shape: Shape;
}

export type IntGraphType = IntType | FloatType | SumsType | ConstantType;

/** A quantized model: it cannot hold an activation without its quantization. */
export type IntGraph = Graph<Kernel, IntGraphType, IntConstant>;

/** A quantized autoencoder: which of its values the score compares, and which one the user gets. */
export interface ScoredGraph {
  /** `outputs` holds `reconstruction` and `output`. */
  readonly graph: IntGraph;
  /** What the reconstruction is compared with: the model's input, or the output of its own input scaling. */
  readonly target: ValueId;
  readonly reconstruction: ValueId;
  /** The reconstruction in the user's units. */
  readonly output: ValueId;
  /** f32 log variance of the code's distribution, where the score looks at it; `outputs` then holds it too. */
  readonly logVariance: ValueId | null;
  readonly origins: Origins;
}

/** Where the values of the float model are found among the integers: what the report compares. */
export interface Origins {
  /** What stands for a value of the float model. */
  readonly lowered: ReadonlyMap<ValueId, ValueId>;
  /** Of values that stand there as f32 and are rounded before layers read them: the rounded ones. */
  readonly rounded: ReadonlyMap<ValueId, ValueId>;
  /** Of each step's output: the output of the float node that it was made for. */
  readonly madeFor: ReadonlyMap<ValueId, ValueId>;
  /** Of hidden values whose units were sorted: unit i is what was unit order[i]. */
  readonly orders: ReadonlyMap<ValueId, readonly number[]>;
}

/** What layers read of a value of the float model. */
export const readAs = ({ lowered, rounded }: Origins, id: ValueId): ValueId => rounded.get(id) ?? lowered.get(id)!;
