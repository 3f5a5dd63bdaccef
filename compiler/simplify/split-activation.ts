import { typeOf, valueId, type Node } from '../ir/graph.ts';
import type { Op } from '../ops/float-graph.ts';
import { clamps } from './fuse-activation.ts';
import { isLinear } from '../ops/linear.ts';
import { replaceNode, type Rule } from './rewrite.ts';

/** A layer with weights whose activation is not a clamp becomes two nodes, so that the value between them can be observed and quantized. */
export const splitActivation: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isLinear(node) || node.op.activation === null || clamps.has(node.op.activation.fn)) continue;
    const between = valueId(Math.max(...graph.values.keys()) + 1);
    const name = `${node.name}/before ${node.op.activation.fn}`;
    const values = new Map(graph.values).set(between, { id: between, name, type: typeOf(graph, node.output) });
    const linear: Node<Op> = { ...node, op: { ...node.op, activation: null }, output: between };
    const activation: Node<Op> = {
      op: { kind: 'elementwise', ...node.op.activation },
      name: `${node.name}/${node.op.activation.fn}`,
      inputs: [between],
      output: node.output,
    };
    return replaceNode({ ...graph, values }, node, [linear, activation]);
  }
  return null;
};
