import type { ValueId } from '../ir/graph.ts';
import type { Rule } from './rewrite.ts';

/** Nodes and constants that no output needs go. */
export const dropDead: Rule = (graph) => {
  const needed = new Set<ValueId>(graph.outputs);
  for (const node of graph.nodes.toReversed()) if (needed.has(node.output)) for (const input of node.inputs) needed.add(input);
  const nodes = graph.nodes.filter(({ output }) => needed.has(output));
  const constants = new Map([...graph.constants].filter(([id]) => needed.has(id)));
  if (nodes.length === graph.nodes.length && constants.size === graph.constants.size) return null;
  const values = new Map([...graph.values].filter(([id]) => needed.has(id) || graph.inputs.includes(id)));
  return { ...graph, values, constants, nodes };
};
