import { producerOf, typeOf, valueId, type Node } from '../ir/graph.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { isNode, isSole, replaceNode, type NodeOf, type Rule } from './rewrite.ts';

/**
 * A transpose that only moves axes of extent 1 is a reshape; a reshape of a reshape is one reshape; an activation goes before
 * a reshape, so that it meets its layer.
 */
export const joinReshapes: Rule = (graph) => {
  for (const node of graph.nodes) {
    const [x] = node.inputs;
    if (isNode(node, 'transpose') && keepsOrder(typeOf(graph, x!).shape, node.op.permutation)) {
      return replaceNode(graph, node, [{ ...node, op: { kind: 'reshape', shape: typeOf(graph, node.output).shape } }]);
    }
    const before = producerOf(graph, x!);
    if ((isNode(node, 'elementwise') || isNode(node, 'pointwise')) && isNode(before, 'reshape') && isSole(graph, x!)) {
      return swap(graph, node, before);
    }
    if (isNode(node, 'reshape') && isNode(before, 'reshape'))
      return replaceNode(graph, node, [{ ...node, inputs: before.inputs }]);
  }
  return null;
};

/** f(reshape(x)) -> reshape(f(x)) */
function swap(graph: FloatGraph, node: Node<Op>, reshape: NodeOf<'reshape'>): FloatGraph {
  const between = valueId(Math.max(...graph.values.keys()) + 1);
  const type = typeOf(graph, reshape.inputs[0]!);
  const values = new Map(graph.values).set(between, { id: between, name: node.name, type });
  const first: Node<Op> = { ...node, inputs: reshape.inputs, output: between };
  const second: Node<Op> = { ...reshape, inputs: [between], output: node.output };
  return replaceNode(replaceNode({ ...graph, values }, node, [first, second]), reshape, []);
}

function keepsOrder(shape: readonly number[], permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
}
