import { consumersOf, producerOf, typeOf, type Node } from '../ir/graph.ts';
import { sizeOf, type Shape, type Tensor } from '../ir/tensor.ts';
import { evaluateOp, type FloatGraph, type Op } from '../ops/float-graph.ts';
import { addConstant, isNode, isSole, replaceNode, type NodeOf, type Rule } from './rewrite.ts';

/**
 * A transpose between a convolution and a dense layer (flattened channels first, or unflattened so) moves no value at run
 * time: the dense layer's weights are put into the other order once.
 */
export const foldTranspose: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (isNode(node, 'dense')) {
      const folded = intoColumns(graph, node);
      if (folded !== null) return folded;
    }
    if (isNode(node, 'transpose')) {
      const folded = intoRows(graph, node);
      if (folded !== null) return folded;
    }
  }
  return null;
};

/** dense(reshape(transpose(x))) -> dense'(reshape(x)) */
function intoColumns(graph: FloatGraph, dense: NodeOf<'dense'>): FloatGraph | null {
  const [x, w] = dense.inputs;
  const reshape = producerOf(graph, x!);
  const weights = graph.constants.get(w!);
  if (!isNode(reshape, 'reshape') || weights === undefined) return null;
  const transpose = producerOf(graph, reshape.inputs[0]!);
  const depth = weights.shape[1]!;
  if (!isNode(transpose, 'transpose') || sizeOf(typeOf(graph, x!).shape) !== depth || !isSole(graph, x!)) return null;
  const order = orderAfter(transpose.op.permutation, typeOf(graph, transpose.inputs[0]!).shape);
  const columns = new Float32Array(weights.data.length);
  weights.data.forEach((value, i) => (columns[i - (i % depth) + order[i % depth]!] = value));
  const moved = addConstant(graph, `${dense.name}/weights`, { ...weights, data: columns });
  const straight: Node<Op> = { ...reshape, inputs: transpose.inputs };
  const folded: Node<Op> = { ...dense, inputs: [x!, moved.id, dense.inputs[2]!] };
  return replaceNode(replaceNode(moved.graph, reshape, [straight]), dense, [folded]);
}

/** transpose(reshape(f(dense(x)))) -> reshape(f(dense'(x))), where f, if it is there, treats all values alike. */
function intoRows(graph: FloatGraph, transpose: NodeOf<'transpose'>): FloatGraph | null {
  const reshape = producerOf(graph, transpose.inputs[0]!);
  if (!isNode(reshape, 'reshape') || consumersOf(graph, reshape.output).length > 1) return null;
  let below = producerOf(graph, reshape.inputs[0]!);
  while (below !== undefined && below.op.kind === 'elementwise' && isSole(graph, below.output)) {
    below = producerOf(graph, below.inputs[0]!);
  }
  if (!isNode(below, 'dense') || !isSole(graph, below.output)) return null;
  const weights = graph.constants.get(below.inputs[1]!);
  const bias = graph.constants.get(below.inputs[2]!);
  const rows = weights?.shape[0];
  if (weights === undefined || bias === undefined || sizeOf(typeOf(graph, below.output).shape) !== rows) return null;
  const order = orderAfter(transpose.op.permutation, typeOf(graph, reshape.output).shape);
  const rowsOf = (tensor: Tensor): Tensor => {
    const { data, scales } = tensor;
    const run = data.length / rows;
    const moved = new Float32Array(data.length);
    order.forEach((from, to) => moved.set(data.subarray(from * run, (from + 1) * run), to * run));
    if (scales === undefined || scales.length === 1) return { ...tensor, data: moved };
    return { ...tensor, data: moved, scales: Float32Array.from(order, (from) => scales[from]!) };
  };
  const w = addConstant(graph, `${below.name}/weights`, rowsOf(weights));
  const b = addConstant(w.graph, `${below.name}/bias`, rowsOf(bias));
  const dense: Node<Op> = { ...below, inputs: [below.inputs[0]!, w.id, b.id] };
  const shape = typeOf(graph, transpose.output).shape;
  const straight: Node<Op> = { ...transpose, op: { kind: 'reshape', shape }, inputs: reshape.inputs };
  return replaceNode(replaceNode(b.graph, below, [dense]), transpose, [straight]);
}

/** Flat index before the transpose for each flat index after it. */
function orderAfter(permutation: readonly number[], shape: Shape): Float32Array {
  const indices: Tensor = { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => i) };
  const moved = permutation.map((axis) => shape[axis]!);
  return evaluateOp({ kind: 'transpose', permutation }, [indices], { dtype: 'f32', shape: moved }).data;
}
