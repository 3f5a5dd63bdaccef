import { producerOf, typeOf, valueId, type Node, type ValueId } from '../ir/graph.ts';
import { sizeOf, type Tensor } from '../ir/tensor.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { isNode, replaceNode, type NodeOf, type Rule } from './rewrite.ts';

/**
 * The same dense layer applied to each step of a sequence, one by one, and joined again (as tf2onnx writes TimeDistributed)
 * is one dense layer over the sequence.
 */
export const mergeRows: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'concat') || node.inputs.length < 2) continue;
    const steps = node.inputs.map((id) => stepOf(graph, id));
    const [first] = steps;
    if (first === undefined || first === null) continue;
    const alike = steps.every((step, at) => step !== null && step.at === at && sameLayer(graph, step, first));
    if (alike && first.steps === steps.length && isInOrder(graph, node)) return merge(graph, node, first);
  }
  return null;
};

interface Step {
  readonly dense: NodeOf<'dense'>;
  readonly sequence: ValueId;
  readonly at: number;
  readonly steps: number;
}

const behindReshapes = (graph: FloatGraph, id: ValueId): Node<Op> | undefined => {
  const node = producerOf(graph, id);
  return isNode(node, 'reshape') ? behindReshapes(graph, node.inputs[0]!) : node;
};

/** A dense layer of one step of a sequence: [... steps ... x depth], all other extents 1. */
function stepOf(graph: FloatGraph, id: ValueId): Step | null {
  const dense = behindReshapes(graph, id);
  if (!isNode(dense, 'dense')) return null;
  const slice = behindReshapes(graph, dense.inputs[0]!);
  if (!isNode(slice, 'gather') || slice.op.indices.length !== 1) return null;
  const [sequence] = slice.inputs;
  const { shape } = typeOf(graph, sequence!);
  const steps = shape[slice.op.axis]!;
  const depth = shape.at(-1)!;
  const isSequence = slice.op.axis < shape.length - 1 && sizeOf(shape) === steps * depth;
  return isSequence ? { dense, sequence: sequence!, at: slice.op.indices[0]!, steps } : null;
}

function sameLayer(graph: FloatGraph, { dense, sequence }: Step, first: Step): boolean {
  const same = [1, 2].every((i) =>
    sameTensor(graph.constants.get(dense.inputs[i]!), graph.constants.get(first.dense.inputs[i]!)),
  );
  return same && sequence === first.sequence && JSON.stringify(dense.op) === JSON.stringify(first.dense.op);
}

const sameTensor = (a: Tensor | undefined, b: Tensor | undefined): boolean =>
  a !== undefined && b !== undefined && (a === b || (a.data.length === b.data.length && a.data.every((v, i) => v === b.data[i])));

/** Whether the steps follow each other in memory: all extents before the joined axis are 1. */
const isInOrder = (graph: FloatGraph, { op, output }: NodeOf<'concat'>): boolean =>
  sizeOf(typeOf(graph, output).shape.slice(0, op.axis)) === 1;

function merge(graph: FloatGraph, node: NodeOf<'concat'>, { dense, sequence, steps }: Step): FloatGraph {
  const { shape } = typeOf(graph, sequence);
  const outputs = typeOf(graph, dense.output).shape.at(-1)!;
  const next = Math.max(...graph.values.keys()) + 1;
  const [rows, result] = [valueId(next), valueId(next + 1)];
  const values = new Map(graph.values)
    .set(rows, { id: rows, name: `${dense.name}/rows`, type: { dtype: 'f32', shape: [1, steps, shape.at(-1)!] } })
    .set(result, { id: result, name: dense.name, type: { dtype: 'f32', shape: [1, steps, outputs] } });
  return replaceNode({ ...graph, values }, node, [
    { op: { kind: 'reshape', shape: [1, steps, shape.at(-1)!] }, name: `${dense.name}/rows`, inputs: [sequence], output: rows },
    { ...dense, inputs: [rows, dense.inputs[1]!, dense.inputs[2]!], output: result },
    { ...node, op: { kind: 'reshape', shape: typeOf(graph, node.output).shape }, inputs: [result] },
  ]);
}
