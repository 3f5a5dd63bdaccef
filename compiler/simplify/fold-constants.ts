import { typeOf } from '../ir/graph.ts';
import { evaluateOp } from '../ops/float-graph.ts';
import type { Rule } from './rewrite.ts';

/** A node whose operands are all constants is evaluated now. */
export const foldConstants: Rule = (graph) => {
  const node = graph.nodes.find(({ inputs }) => inputs.every((id) => graph.constants.has(id)));
  if (node === undefined) return null;
  const operands = node.inputs.map((id) => graph.constants.get(id)!);
  const constants = new Map(graph.constants).set(node.output, evaluateOp(node.op, operands, typeOf(graph, node.output)));
  return { ...graph, constants, nodes: graph.nodes.filter((other) => other !== node) };
};
