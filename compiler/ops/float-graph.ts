import { GraphBuilder } from '../ir/build.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { FloatType, Tensor } from '../ir/tensor.ts';
import type { Mismatch, OpDefinition } from './define.ts';
import { ops } from './index.ts';

type AttributesOf<D> = D extends OpDefinition<infer A> ? A : never;
export type OpKind = keyof typeof ops;
/** What models say. The union is derived from the table, never written twice. */
export type Op = { [K in OpKind]: { readonly kind: K } & AttributesOf<(typeof ops)[K]> }[OpKind];
export type OpOf<K extends OpKind> = Extract<Op, { readonly kind: K }>;

/** A model as its file says it, in f32. The batch axis is bound to 1. */
export type FloatGraph = Graph<Op, FloatType, Tensor>;
export type FloatGraphBuilder = GraphBuilder<Op>;

/** The one cast of this table: TypeScript cannot see that `ops[op.kind]` fits `op`. */
const definitionOf = (op: Op): OpDefinition<Op> => ops[op.kind] as OpDefinition<unknown> as OpDefinition<Op>;

export const inferType = (op: Op, inputs: readonly FloatType[]): FloatType | Mismatch => definitionOf(op).infer(op, inputs);

export const floatGraphBuilder = (file: string): FloatGraphBuilder => new GraphBuilder<Op>(file, inferType, evaluateOp);

export const evaluateOp = (op: Op, inputs: readonly Tensor[], output: FloatType): Tensor =>
  definitionOf(op).evaluate(op, inputs, output.shape);

/** Runs a graph on one input: the float reference. Gives every value, constants included, so that observers can look at all. */
export function evaluate(graph: FloatGraph, inputs: readonly Tensor[]): Map<ValueId, Tensor> {
  const values = new Map<ValueId, Tensor>(graph.constants);
  graph.inputs.forEach((id, i) => values.set(id, inputs[i]!));
  for (const { op, inputs: operands, output } of graph.nodes) {
    const tensors = operands.map((id) => values.get(id)!);
    values.set(output, evaluateOp(op, tensors, graph.values.get(output)!.type));
  }
  return values;
}
