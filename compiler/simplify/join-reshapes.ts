import { producerOf, typeOf } from '../ir/graph.ts';
import { isNode, replaceNode, type Rule } from './rewrite.ts';

/** A transpose that only moves axes of extent 1 is a reshape; a reshape of a reshape is one reshape. */
export const joinReshapes: Rule = (graph) => {
  for (const node of graph.nodes) {
    const [x] = node.inputs;
    if (isNode(node, 'transpose') && keepsOrder(typeOf(graph, x!).shape, node.op.permutation)) {
      return replaceNode(graph, node, [{ ...node, op: { kind: 'reshape', shape: typeOf(graph, node.output).shape } }]);
    }
    const before = producerOf(graph, x!);
    if (isNode(node, 'reshape') && isNode(before, 'reshape'))
      return replaceNode(graph, node, [{ ...node, inputs: before.inputs }]);
  }
  return null;
};

function keepsOrder(shape: readonly number[], permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
}
