import type { Node } from '../ir/graph.ts';
import type { Elementwise } from '../ops/elementwise.ts';
import type { Op } from '../ops/float-graph.ts';
import { isNode, replaceNode, soleProducer, type Rule } from './rewrite.ts';

/** Activations that are a clamp: they cost nothing in the epilogue of a kernel. The others become tables of their own. */
export const clamps: ReadonlySet<string> = new Set<Elementwise['fn']>(['relu', 'relu6', 'clip']);

/** A clamp after a dense layer becomes part of it. */
export const fuseActivation: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'elementwise') || !clamps.has(node.op.fn)) continue;
    const dense = soleProducer(graph, node.inputs[0]!, 'dense');
    if (dense === null || dense.op.activation !== null) continue;
    const { fn, parameters } = node.op;
    const fused: Node<Op> = { ...dense, op: { kind: 'dense', activation: { fn, parameters } }, output: node.output };
    return replaceNode(replaceNode(graph, node, [fused]), dense, []);
  }
  return null;
};
