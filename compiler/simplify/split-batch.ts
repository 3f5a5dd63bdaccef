import { producerOf, typeOf, valueId, type Node, type Value, type ValueId } from '../ir/graph.ts';
import type { FloatType, Shape } from '../ir/tensor.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { isNode, replaceNode, type Rule } from './rewrite.ts';

const overImages: ReadonlySet<Op['kind']> = new Set(['conv', 'convTranspose', 'pool']);

/**
 * A layer over several images at once, which is what TimeDistributed makes of a film, becomes that layer on one image after
 * another: kernels take one. Its weights are shared.
 */
export const splitBatch: Rule = (graph) => {
  const node = graph.nodes.find(({ op, output }) => overImages.has(op.kind) && typeOf(graph, output).shape[0]! > 1);
  return node === undefined ? null : split(graph, node);
};

function split(graph: FloatGraph, node: Node<Op>): FloatGraph {
  const [x, ...weights] = node.inputs;
  const values = new Map(graph.values);
  const add = (name: string, shape: Shape): ValueId => {
    const id = valueId(Math.max(...values.keys()) + 1);
    const value: Value<FloatType> = { id, name, type: { dtype: 'f32', shape } };
    values.set(id, value);
    return id;
  };
  const known = imagesOf(graph, x!);
  const [n, ...image] = typeOf(graph, node.output).shape;
  const nodes: Node<Op>[] = [];
  const results = Array.from({ length: n! }, (_, i) => {
    const name = `${node.name}/${i}`;
    const input = known?.[i] ?? add(`${name}/image`, typeOf(graph, x!).shape.with(0, 1));
    if (known === null)
      nodes.push({ op: { kind: 'gather', axis: 0, indices: [i] }, name: `${name}/image`, inputs: [x!], output: input });
    const output = add(name, [1, ...image]);
    nodes.push({ op: node.op, name, inputs: [input, ...weights], output });
    return output;
  });
  nodes.push({ op: { kind: 'concat', axis: 0 }, name: node.name, inputs: results, output: node.output });
  return replaceNode({ ...graph, values }, node, nodes);
}

/** The images that a value was joined of, if it was: by the layer before. */
function imagesOf(graph: FloatGraph, id: ValueId): readonly ValueId[] | null {
  const node = producerOf(graph, id);
  return isNode(node, 'concat') && node.op.axis === 0 && node.inputs.every((part) => typeOf(graph, part).shape[0] === 1)
    ? node.inputs
    : null;
}
