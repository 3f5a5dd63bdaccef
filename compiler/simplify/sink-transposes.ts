import { producerOf, typeOf, valueId, type Node, type ValueId } from '../ir/graph.ts';
import { sizeOf, type Shape } from '../ir/tensor.ts';
import { evaluateOp, type FloatGraph, type Op } from '../ops/float-graph.ts';
import { addConstant, isNode, redirect, replaceNode, type NodeOf, type Rule } from './rewrite.ts';

type Permutation = readonly number[];

/**
 * Moves transposes towards the output, through what works alike on every axis, until they meet their inverse and both are
 * gone: readers of channels-first models put a pair around each convolution.
 */
export const sinkTransposes: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (isNode(node, 'transpose')) {
      const joined = joinTransposes(graph, node);
      if (joined !== null) return joined;
      continue;
    }
    const permutation = permutationBefore(graph, node);
    const op = permutation === null ? null : opBefore(graph, node, permutation);
    if (op !== null) return sink(graph, node, op, permutation!);
  }
  return null;
};

/** Two in a row are one; one that moves nothing goes. */
function joinTransposes(graph: FloatGraph, node: NodeOf<'transpose'>): FloatGraph | null {
  const { permutation } = node.op;
  const [x] = node.inputs;
  if (permutation.every((axis, i) => axis === i)) {
    return redirect({ ...graph, nodes: graph.nodes.filter((other) => other !== node) }, node.output, x!);
  }
  const before = producerOf(graph, x!);
  if (!isNode(before, 'transpose')) return null;
  const joined = permutation.map((axis) => before.op.permutation[axis]!);
  return replaceNode(graph, node, [{ ...node, op: { kind: 'transpose', permutation: joined }, inputs: before.inputs }]);
}

const alikeOnEveryAxis: ReadonlySet<string> = new Set([
  'elementwise',
  'binary',
  'concat',
  'gather',
  'resample',
  'pad',
  'reduce',
  'normalize',
]);

/** The permutation that transposes before most of the operands make, if the op could as well run before them. */
function permutationBefore(graph: FloatGraph, node: Node<Op>): Permutation | null {
  if (!alikeOnEveryAxis.has(node.op.kind)) return null;
  const rank = typeOf(graph, node.output).shape.length;
  const operands = node.inputs.filter((id) => !graph.constants.has(id)).map((id) => producerOf(graph, id));
  const transposes = operands.filter(
    (producer): producer is NodeOf<'transpose'> => isNode(producer, 'transpose') && producer.op.permutation.length === rank,
  );
  const permutation = transposes[0]?.op.permutation;
  const agreeing = transposes.filter(({ op }) => String(op.permutation) === String(permutation)).length;
  // Of as many that are as they are, moving would only move the transposes to those, and back for ever.
  return permutation !== undefined && 2 * agreeing > operands.length ? permutation : null;
}

/** The op as it works on the axes before the transpose; null where an operand stands in the way. */
function opBefore(graph: FloatGraph, { op, inputs, output }: Node<Op>, permutation: Permutation): Op | null {
  switch (op.kind) {
    case 'gather':
    case 'resample':
    case 'concat':
      return { ...op, axis: permutation[op.axis]! };
    case 'reduce':
    case 'normalize':
      return { ...op, axes: op.axes.map((axis) => permutation[axis]!) };
    case 'pad':
      return { ...op, begin: backwards(op.begin, permutation), end: backwards(op.end, permutation) };
    case 'binary': {
      const whole = inputs.every(
        (id) => graph.constants.has(id) || sizeOf(typeOf(graph, id).shape) === sizeOf(typeOf(graph, output).shape),
      );
      return whole ? op : null;
    }
    default:
      return op;
  }
}

/** Values per axis of the transposed tensor, per axis of the tensor before it. */
const backwards = (values: readonly number[], permutation: Permutation): number[] =>
  values.map((_, axis) => values[permutation.indexOf(axis)]!);

const inverse = (permutation: Permutation): number[] => permutation.map((_, axis) => permutation.indexOf(axis));

/** op(transpose(x)) -> transpose(op(x)); operands that are not transposed get the inverse. */
function sink(graph: FloatGraph, node: Node<Op>, op: Op, permutation: Permutation): FloatGraph {
  let current = graph;
  const added: Node<Op>[] = [];
  const inputs = node.inputs.map((input) => {
    const producer = producerOf(graph, input);
    if (isNode(producer, 'transpose') && String(producer.op.permutation) === String(permutation)) return producer.inputs[0]!;
    const unmove: Op = { kind: 'transpose', permutation: inverse(permutation) };
    const { shape } = typeOf(graph, input);
    const full = [...Array.from({ length: permutation.length - shape.length }, () => 1), ...shape];
    const moved = inverse(permutation).map((axis) => full[axis]!);
    const constant = graph.constants.get(input);
    if (constant !== undefined) {
      const tensor = evaluateOp(unmove, [{ shape: full, data: constant.data }], { dtype: 'f32', shape: moved });
      const { graph: with_, id } = addConstant(current, `${node.name}/moved`, tensor);
      current = with_;
      return id;
    }
    const { graph: with_, id } = addValue(current, `${node.name}/moved`, moved);
    current = with_;
    added.push({ op: unmove, name: `${node.name}/moved`, inputs: [input], output: id });
    return id;
  });
  const shape = backwards(typeOf(graph, node.output).shape, permutation);
  const { graph: withResult, id } = addValue(current, node.name, shape);
  return replaceNode(withResult, node, [
    ...added,
    { ...node, op, inputs, output: id },
    { op: { kind: 'transpose', permutation }, name: `${node.name}/transpose`, inputs: [id], output: node.output },
  ]);
}

function addValue(graph: FloatGraph, name: string, shape: Shape): { readonly graph: FloatGraph; readonly id: ValueId } {
  const id = valueId(Math.max(...graph.values.keys()) + 1);
  const values = new Map(graph.values).set(id, { id, name, type: { dtype: 'f32', shape } });
  return { graph: { ...graph, values }, id };
}
