import { producerOf, type Node } from '../ir/graph.ts';
import type { Elementwise } from '../ops/elementwise.ts';
import type { Op } from '../ops/float-graph.ts';
import { isLinear } from '../ops/linear.ts';
import { isNode, isSole, replaceNode, type Rule } from './rewrite.ts';

/** Activations that are a clamp: they cost nothing in the epilogue of a kernel. The others become tables of their own. */
export const clamps: ReadonlySet<string> = new Set<Elementwise['fn']>(['relu', 'relu6', 'clip']);

/** A clamp after a layer with weights becomes part of it. */
export const fuseActivation: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'elementwise') || !clamps.has(node.op.fn)) continue;
    const linear = producerOf(graph, node.inputs[0]!);
    if (!isLinear(linear) || linear.op.activation !== null || !isSole(graph, linear.output)) continue;
    const { fn, parameters } = node.op;
    const fused: Node<Op> = { ...linear, op: { ...linear.op, activation: { fn, parameters } }, output: node.output };
    return replaceNode(replaceNode(graph, node, [fused]), linear, []);
  }
  return null;
};
