import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import type { Reduce } from '../../../ops/reduce.ts';
import { binary, elementwise, inFormat, rankOf, reduce, reshape, shapeOf, slice, transpose } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';

type Fold = (node: OnnxNode, x: ValueId, axes: readonly number[]) => ValueId;

const by =
  (fn: Reduce['fn']): Fold =>
  (node, x, axes) =>
    reduce(node, fn, x, axes);

/** log(sum(exp(x))), shifted by the maximum so that nothing overflows. */
const logSumExp: Fold = (node, x, axes) => {
  const peak = reduce(node, 'max', x, axes);
  const powers = elementwise(node, 'exp', binary(node, 'sub', x, peak));
  return binary(node, 'add', elementwise(node, 'log', reduce(node, 'sum', powers, axes)), peak);
};

/** Exporters multiply the few extents of a shape with it; what is longer would be as many nodes. */
const product: Fold = (node, x, axes) =>
  axes.reduce<ValueId>((folded, axis) => {
    const extent = shapeOf(node, folded)[axis]!;
    if (extent > 16) throw node.refuse(`a product of ${extent} values`);
    const parts = Array.from({ length: extent }, (_, i) => slice(node, folded, axis, i, 1));
    return parts.reduce((left, right) => binary(node, 'mul', left, right));
  }, x);

/** What reduces the given axes to extent 1, as ONNX's attributes say it. */
const reducing =
  (fold: Fold): Row =>
  (node) => {
    const x = node.input(0);
    const rank = rankOf(node, x);
    // Axes are an attribute before opset 13 (ReduceSum) or 18, an input since.
    const written = (node.list(1) ?? node.ints('axes') ?? []).map((axis) => node.axis(axis, rank));
    const all = written.length === 0 && node.int('noop_with_empty_axes', 0) === 0;
    const axes = all ? Array.from({ length: rank }, (_, axis) => axis) : written;
    const result = inFormat(node, fold(node, x, axes), node.format(0));
    if (node.int('keepdims', 1) !== 0) return result;
    return reshape(
      node,
      result,
      shapeOf(node, result).filter((_, axis) => !axes.includes(axis)),
    );
  };

/** Folds along axes, and softmax, which folds along one. */
export const reductions: Rows = {
  LogSoftmax: (node) => alongAxis(node, (x, last) => binary(node, 'sub', x, logSumExp(node, x, [last]))),
  ReduceL1: reducing(by('l1')),
  ReduceL2: reducing(by('l2')),
  ReduceLogSum: reducing((node, x, axes) => elementwise(node, 'log', reduce(node, 'sum', x, axes))),
  ReduceLogSumExp: reducing(logSumExp),
  ReduceMax: reducing(by('max')),
  ReduceMean: reducing(by('mean')),
  ReduceMin: reducing(by('min')),
  ReduceProd: reducing(product),
  ReduceSum: reducing(by('sum')),
  ReduceSumSquare: reducing(by('sumSquare')),
  Softmax: (node) => alongAxis(node, (x) => node.emit({ kind: 'softmax' }, [x])),
};

/** Before opset 13 softmax runs over all axes from `axis` on together, since then over that one alone. */
function alongAxis(node: OnnxNode, apply: (x: ValueId, last: number) => ValueId): ValueId {
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const rank = shape.length;
  if (rank === 0) throw node.refuse('a scalar');
  const flattens = node.scope.opset < 13;
  const axis = node.axis(node.int('axis', flattens ? 1 : -1), rank);
  if (flattens) {
    const rows = reshape(node, x, axis === rank - 1 ? shape : [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]);
    return reshape(node, apply(rows, rankOf(node, rows) - 1), shape);
  }
  const swapped = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  return transpose(node, apply(transpose(node, x, swapped), rank - 1), swapped);
}
