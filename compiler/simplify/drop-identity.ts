import { typeOf } from '../ir/graph.ts';
import { sameShape } from '../ir/tensor.ts';
import { redirect, type Rule } from './rewrite.ts';

/** A node that gives its input unchanged goes: reshape and transpose that move nothing. */
export const dropIdentity: Rule = (graph) => {
  const node = graph.nodes.find(({ op, inputs, output }) => {
    const [from, to] = [typeOf(graph, inputs[0]!).shape, typeOf(graph, output).shape];
    if (op.kind === 'reshape') return sameShape(from, to);
    return op.kind === 'transpose' && sameOrder(from, op.permutation);
  });
  if (node === undefined) return null;
  const rest = { ...graph, nodes: graph.nodes.filter((other) => other !== node) };
  return redirect(rest, node.output, node.inputs[0]!);
};

/** Axes of extent 1 may change places without moving a value. */
function sameOrder(shape: readonly number[], permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  const sorted = moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
  return (
    sorted &&
    sameShape(
      permutation.map((axis) => shape[axis]!),
      shape,
    )
  );
}
