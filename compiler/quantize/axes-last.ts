import { typeOf, type Node, type ValueId } from '../ir/graph.ts';
import type { Shape } from '../ir/tensor.ts';
import type { Op } from '../ops/float-graph.ts';
import type { Lowering } from './lowering.ts';
import { axesOf, moveOf, stridesOf } from './moves.ts';

/** An activation as rows of n values that are folded or normalised together, and the way back. */
export interface Rows {
  readonly id: ValueId;
  readonly n: number;
  /** Original axis of each axis of the rows; null where nothing was moved. */
  readonly permutation: readonly number[] | null;
}

/** Moves the given axes behind the others, if they are not there already. */
export function axesLast(lowering: Lowering, node: Node<Op>, id: ValueId, shape: Shape, axes: readonly number[]): Rows {
  const n = axes.reduce((product, axis) => product * shape[axis]!, 1);
  const others = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const sorted = axes.toSorted((a, b) => a - b);
  const permutation = [...others, ...sorted];
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis)) return { id, n, permutation: null };
  return { id: permuted(lowering, node, id, shape, permutation), n, permutation };
}

/** The way back from axesLast, for a value of as many values. */
export function axesBack(lowering: Lowering, node: Node<Op>, id: ValueId, { permutation }: Rows): ValueId {
  if (permutation === null) return id;
  const { shape } = typeOf(lowering.graph, node.output);
  const moved = permutation.map((axis) => shape[axis]!);
  return permuted(
    lowering,
    node,
    id,
    moved,
    shape.map((_, axis) => permutation.indexOf(axis)),
  );
}

/** The activation with output axis i = input axis permutation[i]. */
export function permuted(lowering: Lowering, node: Node<Op>, id: ValueId, shape: Shape, permutation: readonly number[]): ValueId {
  const strides = stridesOf(shape);
  const result = permutation.map((axis) => shape[axis]!);
  const move = moveOf(
    axesOf(
      result,
      permutation.map((axis) => strides[axis]!),
      stridesOf(result),
    ),
  );
  if (move === null) throw lowering.unsupported(node, 'it moves more than four axes');
  return lowering.emitBeside({ kind: 'move', boxes: [move], clear: false, float: false }, `${node.name}/moved`, id, result);
}
