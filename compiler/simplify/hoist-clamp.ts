import { producerOf, typeOf, valueId, type Node } from '../ir/graph.ts';
import type { Op } from '../ops/float-graph.ts';
import { clamps } from './fuse-activation.ts';
import { isNode, isSole, replaceNode, type Rule } from './rewrite.ts';

/** What picks or moves values without changing them. */
const picks = ({ op }: Node<Op>): boolean =>
  op.kind === 'gather' || op.kind === 'reshape' || op.kind === 'transpose' || (op.kind === 'pool' && op.fn === 'max');

/**
 * A clamp behind what only picks values (a maximum of clamped values is the clamped maximum) goes before it: towards the layer
 * that it becomes a part of. Between the two, a layer's sums would need a scale for values that nobody reads.
 */
export const hoistClamp: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'elementwise') || !clamps.has(node.op.fn)) continue;
    const picking = producerOf(graph, node.inputs[0]!);
    if (picking === undefined || !picks(picking) || !isSole(graph, picking.output)) continue;
    const [x] = picking.inputs;
    const clamped = valueId(Math.max(...graph.values.keys()) + 1);
    const values = new Map(graph.values).set(clamped, { id: clamped, name: node.name, type: typeOf(graph, x!) });
    const swapped: readonly Node<Op>[] = [
      { ...node, inputs: [x!], output: clamped },
      { ...picking, inputs: [clamped], output: node.output },
    ];
    return replaceNode(replaceNode({ ...graph, values }, picking, swapped), node, []);
  }
  return null;
};
