import { producerOf } from '../ir/graph.ts';
import { redirect, type Rule } from './rewrite.ts';

/** log(exp(x)) is x. Readers write it who ask for the log variance where a file has its exponent, the deviation. */
export const cancelLogExp: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (node.op.kind !== 'elementwise' || node.op.fn !== 'log') continue;
    const before = producerOf(graph, node.inputs[0]!);
    if (before?.op.kind !== 'elementwise' || before.op.fn !== 'exp') continue;
    const rest = { ...graph, nodes: graph.nodes.filter((other) => other !== node) };
    return redirect(rest, node.output, before.inputs[0]!);
  }
  return null;
};
