import { consumersOf, producerOf, valueId, type Node, type ValueId } from '../ir/graph.ts';
import type { Tensor } from '../ir/tensor.ts';
import { verify } from '../ir/verify.ts';
import { inferType, type FloatGraph, type Op, type OpKind, type OpOf } from '../ops/float-graph.ts';

/** Gives a simpler graph, or null where it finds nothing to do. */
export type Rule = (graph: FloatGraph) => FloatGraph | null;

/** Applies the rules until none applies; the graph is verified after each step, and a failure names its rule. */
export function rewrite(
  graph: FloatGraph,
  rules: Readonly<Record<string, Rule>>,
): { readonly graph: FloatGraph; readonly applied: readonly string[] } {
  const applied: string[] = [];
  let current = graph;
  for (;;) {
    const step = firstApplicable(current, rules);
    if (step === null) return { graph: current, applied };
    try {
      verify(step.graph, inferType);
    } catch (cause) {
      throw new Error(`internal: rule "${step.name}" broke the graph`, { cause });
    }
    current = step.graph;
    applied.push(step.name);
  }
}

function firstApplicable(graph: FloatGraph, rules: Readonly<Record<string, Rule>>): { name: string; graph: FloatGraph } | null {
  for (const [name, rule] of Object.entries(rules)) {
    const simpler = rule(graph);
    if (simpler !== null) return { name, graph: simpler };
  }
  return null;
}

export type NodeOf<K extends OpKind> = Node<OpOf<K>>;

export const isNode = <K extends OpKind>(node: Node<Op> | undefined, kind: K): node is NodeOf<K> => node?.op.kind === kind;

/** Whether one node alone reads a value. */
export const isSole = (graph: FloatGraph, id: ValueId): boolean =>
  consumersOf(graph, id).length === 1 && !graph.outputs.includes(id);

/** The node that makes `id`, if it is of this kind and nobody else reads its result. */
export function soleProducer<K extends OpKind>(graph: FloatGraph, id: ValueId, kind: K): NodeOf<K> | null {
  const node = producerOf(graph, id);
  return isNode(node, kind) && isSole(graph, id) ? node : null;
}

/** The graph with node `old` replaced by `replacement`, which may be several nodes or none; the last one makes old's value. */
export function replaceNode(graph: FloatGraph, old: Node<Op>, replacement: readonly Node<Op>[]): FloatGraph {
  return { ...graph, nodes: graph.nodes.flatMap((node) => (node === old ? replacement : [node])) };
}

/** The graph in which everybody who read `from` reads `to`. */
export function redirect(graph: FloatGraph, from: ValueId, to: ValueId): FloatGraph {
  const moved = (id: ValueId): ValueId => (id === from ? to : id);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(moved) })),
    outputs: graph.outputs.map(moved),
  };
}

/** The graph with one more constant, and that constant's id. */
export function addConstant(
  graph: FloatGraph,
  name: string,
  tensor: Tensor,
): { readonly graph: FloatGraph; readonly id: ValueId } {
  const id = valueId(Math.max(...graph.values.keys()) + 1);
  const values = new Map(graph.values).set(id, { id, name, type: { dtype: 'f32', shape: tensor.shape } });
  const constants = new Map(graph.constants).set(id, tensor);
  return { graph: { ...graph, values, constants }, id };
}
