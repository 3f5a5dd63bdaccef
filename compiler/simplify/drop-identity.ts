import { typeOf } from '../ir/graph.ts';
import { sameShape } from '../ir/tensor.ts';
import { redirect, type Rule } from './rewrite.ts';

/** A reshape to the shape that its input has already goes, and so does a sampling layer: a score takes the mean. */
export const dropIdentity: Rule = (graph) => {
  const node = graph.nodes.find(({ op, inputs, output }) => {
    if (op.kind === 'sample') return true;
    return op.kind === 'reshape' && sameShape(typeOf(graph, inputs[0]!).shape, typeOf(graph, output).shape);
  });
  if (node === undefined) return null;
  const rest = { ...graph, nodes: graph.nodes.filter((other) => other !== node) };
  return redirect(rest, node.output, node.inputs[0]!);
};
