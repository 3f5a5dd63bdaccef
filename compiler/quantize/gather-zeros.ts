import { consumersOf, typeOf, valueId, type Node, type ValueId } from '../ir/graph.ts';
import { sizeOf, type Tensor } from '../ir/tensor.ts';
import type { Calibrated } from '../ops/calibrated.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';

/**
 * Sorts the hidden units of each ReLU by how often they are not zero, so that zeros lie beside zeros and the sparse matmul
 * can pass over pairs of them. Rows of one layer and columns of the next change places: the same sums, in integers exactly.
 * The narrowest value is left alone: it is the latent code, whose order is the user's; so is `code`, a wider one that is meant. `orders`: of
 * each value that was sorted, which unit it was before.
 */
export function gatherZeros(
  calibrated: Calibrated,
  code: ValueId | null,
): {
  readonly ordered: Calibrated;
  readonly orders: ReadonlyMap<ValueId, readonly number[]>;
} {
  const { graph, activity } = calibrated;
  const orders = new Map<ValueId, readonly number[]>();
  const narrowest = Math.min(...graph.nodes.map(({ output }) => sizeOf(typeOf(graph, output).shape)));
  const ordered = graph.nodes.reduce((current, node) => {
    const consumers = consumersOf(graph, node.output);
    const counts = activity.get(node.output);
    const hidden = consumers.length === 1 && consumers[0]!.op.kind === 'dense' && !graph.outputs.includes(node.output);
    const isCode = counts?.length === narrowest || node.output === code;
    if (node.op.kind !== 'dense' || counts === undefined || isCode || !hidden) return current;
    const order = Array.from(counts.keys()).toSorted((a, b) => counts[a]! - counts[b]! || a - b);
    orders.set(node.output, order);
    return permute(current, node.output, order);
  }, graph);
  return { ordered: { ...calibrated, graph: ordered }, orders };
}

/** The graph with the units of a hidden value in another order: unit i is what was unit order[i]. */
function permute(graph: FloatGraph, hidden: ValueId, order: readonly number[]): FloatGraph {
  const producer = graph.nodes.find(({ output }) => output === hidden)!;
  const consumer = consumersOf(graph, hidden)[0]!;
  const rows = replaceConstant(graph, producer, 1, (w) => takeRows(w, order));
  const bias = replaceConstant(rows, same(rows, producer), 2, (b) => ({
    ...b,
    data: Float32Array.from(order, (from) => b.data[from]!),
  }));
  return replaceConstant(bias, same(bias, consumer), 1, (w) => takeColumns(w, order));
}

/** The node of a changed graph that makes the same value. */
const same = (graph: FloatGraph, { output }: Node<Op>): Node<Op> => graph.nodes.find((node) => node.output === output)!;

/** The graph in which a node reads a changed copy of one of its constants; others may go on reading the original. */
function replaceConstant(graph: FloatGraph, node: Node<Op>, index: number, change: (tensor: Tensor) => Tensor): FloatGraph {
  const old = node.inputs[index]!;
  const id = valueId(Math.max(...graph.values.keys()) + 1);
  const values = new Map(graph.values).set(id, { id, name: graph.values.get(old)!.name, type: typeOf(graph, old) });
  const constants = new Map(graph.constants).set(id, change(graph.constants.get(old)!));
  const inputs = node.inputs.map((input, i) => (i === index ? id : input));
  return { ...graph, values, constants, nodes: graph.nodes.map((other) => (other === node ? { ...node, inputs } : other)) };
}

function takeRows({ shape, data, scales }: Tensor, order: readonly number[]): Tensor {
  const depth = shape[1]!;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => result.set(data.subarray(from * depth, (from + 1) * depth), to * depth));
  const ordered = scales === undefined || scales.length === 1 ? scales : Float32Array.from(order, (from) => scales[from]!);
  return ordered === undefined ? { shape, data: result } : { shape, data: result, scales: ordered };
}

function takeColumns({ data, ...rest }: Tensor, order: readonly number[]): Tensor {
  const depth = rest.shape[1]!;
  return { ...rest, data: data.map((_, i) => data[i - (i % depth) + order[i % depth]!]!) };
}
