import { InputError } from './error.ts';
import { typeOf, type Node, type ValueId } from './ir/graph.ts';
import { formatShape, sizeOf, type Shape } from './ir/tensor.ts';
import { verify } from './ir/verify.ts';
import { inferType, type FloatGraph, type Op } from './ops/float-graph.ts';

/** The axis along which a value has one entry per time step; what has none is the same at each step. */
type TimeAxes = ReadonlyMap<ValueId, number>;

/** Gives the same model over another number of steps. */
export type Restep = (steps: number) => FloatGraph;

/**
 * A model that reads a window [1 x steps x values] step by step, its recurrent layers alone remembering what came before, is the
 * same function of each step, whatever their number. Throws an InputError that names the first node of which that is not true.
 */
export function stepwise(graph: FloatGraph, file: string): Restep {
  const [input] = graph.inputs;
  const { shape } = typeOf(graph, input!);
  if (shape.length !== 3) {
    throw refusal(`${file}`, `takes ${formatShape(shape)}; a sequence has three axes: batch, steps, values`);
  }
  // ONNX has the steps before the batch where nobody asked for the other order.
  const time = shape[0]! > 1 && shape[1] === 1 ? 0 : 1;
  const axes = new Map<ValueId, number>([[input!, time]]);
  for (const node of graph.nodes) {
    const axis = timeAxisOf(graph, node, axes, file);
    if (axis === null) continue;
    // Time comes first, so that the values of a step lie side by side.
    if (sizeOf(typeOf(graph, node.output).shape.slice(0, axis)) !== 1) throw mixes(file, node);
    axes.set(node.output, axis);
  }
  const [output] = graph.outputs;
  if (axes.get(output!) !== time || typeOf(graph, output!).shape.length !== 3) {
    throw refusal(file, `gives ${formatShape(typeOf(graph, output!).shape)}; one reconstruction per step is needed`);
  }
  return (steps) => withSteps(graph, axes, steps);
}

function timeAxisOf(graph: FloatGraph, node: Node<Op>, axes: TimeAxes, file: string): number | null {
  const { op } = node;
  const timed = node.inputs.flatMap((id) => axes.get(id) ?? []);
  if (timed.length === 0) return null;
  const [axis] = timed;
  const rank = typeOf(
    graph,
    node.inputs.find((id) => axes.has(id))!,
  ).shape.length;
  const refuse = (what: string): InputError => refusal(`${file}, node "${node.name}" (${op.kind})`, what);
  const isLast = axis === rank - 1;
  switch (op.kind) {
    case 'recurrent':
      if (timed.length > 1) throw refuse('starts from states that the model computes');
      if (axis !== 1) throw refuse('runs along another axis than time, once in each step');
      if (op.reverse) throw refuse('reads the steps from the last one to the first');
      if (op.output !== 'sequence') throw refuse('gives its last state alone: the code of a whole window');
      if (startsFromZeros(graph, node)) return 1;
      throw refuse('starts from trained states; the first step of a sequence starts from zeros');
    case 'elementwise':
    case 'pointwise':
    case 'fakeQuantize':
    case 'cast':
    case 'sample':
      return axis!;
    case 'dense':
    case 'affine':
    case 'softmax':
      if (isLast) break;
      return axis!;
    case 'normalize':
    case 'reduce':
      if (op.axes.includes(axis!)) break;
      return axis!;
    case 'concat':
    case 'gather':
    case 'resample':
      if (op.axis === axis || timed.length < node.inputs.length) break;
      return axis!;
    case 'transpose':
      return op.permutation.indexOf(axis!);
    case 'reshape': {
      const moved = axisAfterReshape(typeOf(graph, node.inputs[0]!).shape, op.shape, axis!);
      if (moved === null) break;
      return moved;
    }
    case 'binary':
      return timeAxisOfBinary(graph, node, axes) ?? failed(refuse('is not the same at each step'));
    default:
  }
  throw mixes(file, node);
}

const mixes = (file: string, { name, op }: Node<Op>): InputError =>
  refusal(`${file}, node "${name}" (${op.kind})`, 'mixes the steps of the window');

const failed = (error: InputError): never => {
  throw error;
};

/** Both operands along time, or one of them the same at each step. */
function timeAxisOfBinary(graph: FloatGraph, { inputs, output }: Node<Op>, axes: TimeAxes): number | null {
  const rank = typeOf(graph, output).shape.length;
  const fromEnd = inputs.map((id) => {
    const { shape } = typeOf(graph, id);
    const axis = axes.get(id);
    return axis === undefined ? null : shape.length - axis;
  });
  const distance = fromEnd.find((found) => found !== null);
  const fits = inputs.every((id, i) => {
    const { shape } = typeOf(graph, id);
    return fromEnd[i] === null ? (shape.at(-distance!) ?? 1) === 1 || shape.length < distance! : fromEnd[i] === distance;
  });
  return fits ? rank - distance! : null;
}

/**
 * Where an axis goes that has only extents of 1 before it: to the place of the same extent with only those before it. A model of
 * one step has several such places; the one with as many axes behind it is meant, or else the last.
 */
function axisAfterReshape(from: Shape, to: Shape, axis: number): number | null {
  if (sizeOf(from.slice(0, axis)) !== 1) return null;
  const places = to.flatMap((extent, i) => (extent === from[axis] && sizeOf(to.slice(0, i)) === 1 ? [i] : []));
  const alike = axis + to.length - from.length;
  return places.includes(alike) ? alike : (places.at(-1) ?? null);
}

/** Whether the first states of a recurrent layer, if they do not follow from the input, are zeros. */
const startsFromZeros = ({ constants }: FloatGraph, { inputs }: Node<Op>): boolean =>
  inputs.slice(5, 7).every((id) => constants.get(id)?.data.every((value) => value === 0) ?? false);

/** Values keep their ids, so that what was observed over many steps holds for one. */
function withSteps(graph: FloatGraph, axes: TimeAxes, steps: number): FloatGraph {
  const values = new Map(graph.values);
  for (const [id, axis] of axes) {
    const value = values.get(id)!;
    values.set(id, { ...value, type: { ...value.type, shape: value.type.shape.with(axis, steps) } });
  }
  const nodes = graph.nodes.map((node) =>
    node.op.kind === 'reshape' && axes.has(node.output)
      ? { ...node, op: { ...node.op, shape: node.op.shape.with(axes.get(node.output)!, steps) } }
      : node,
  );
  const stepped = { ...graph, values, nodes };
  verify(stepped, inferType);
  return stepped;
}

const refusal = (where: string, what: string): InputError =>
  new InputError({
    where,
    what: `--stateful: ${what}`,
    hint: 'Compile it without --stateful: each window is then read as a whole.',
  });
