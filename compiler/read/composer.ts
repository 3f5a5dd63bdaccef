import type { ValueId } from '../ir/graph.ts';
import type { Shape } from '../ir/tensor.ts';
import type { FloatGraphBuilder, Op } from '../ops/float-graph.ts';

/** What the small steps that operators are made of need of a format's node. */
export interface Composer {
  readonly name: string;
  readonly scope: { readonly builder: FloatGraphBuilder };
  emit(op: Op, inputs: readonly ValueId[]): ValueId;
  addConstant(name: string, shape: Shape, data: Float32Array): ValueId;
}
