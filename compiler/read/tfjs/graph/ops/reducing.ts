import type { ValueId } from '../../../../ir/graph.ts';
import type { Reduce } from '../../../../ops/reduce.ts';
import {
  binary,
  constantOf,
  elementwise,
  rankOf,
  reduce,
  reshape,
  shapeOf,
  toChannelsFirst,
  toChannelsLast,
} from '../../../compose.ts';
import type { GraphNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';

/** Inputs x and axes; they are kept with extent 1 or dropped. */
const reducing =
  (fn: Reduce['fn']): Row =>
  (node) => {
    const x = node.input(0);
    const axes = [...new Set(node.list(1).map((axis) => node.axis(axis, rankOf(node, x))))];
    const result = reduce(node, fn, x, axes);
    if (node.flag('keep_dims')) return result;
    return reshape(
      node,
      result,
      shapeOf(node, result).filter((_, axis) => !axes.includes(axis)),
    );
  };

/** Folds along axes, and what normalizes. */
export const reductions: Rows = {
  EuclideanNorm: reducing('l2'),
  FusedBatchNorm: batchNormalization,
  FusedBatchNormV2: batchNormalization,
  FusedBatchNormV3: batchNormalization,
  LogSoftmax: logSoftmax,
  Max: reducing('max'),
  Mean: reducing('mean'),
  Min: reducing('min'),
  Softmax: (node) => node.emit({ kind: 'softmax' }, [node.input(0)]),
  Sum: reducing('sum'),
};

/** x - log(sum(exp(x))), shifted by the maximum so that nothing overflows. */
function logSoftmax(node: GraphNode): ValueId {
  const x = node.input(0);
  const last = [rankOf(node, x) - 1];
  const shifted = binary(node, 'sub', x, reduce(node, 'max', x, last));
  const sum = reduce(node, 'sum', elementwise(node, 'exp', shifted), last);
  return binary(node, 'sub', shifted, elementwise(node, 'log', sum));
}

/** Inputs x, scale, offset, mean, variance: at inference one factor and one offset per channel. */
function batchNormalization(node: GraphNode): ValueId {
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((index) => node.constant(index).data);
  if (node.flag('is_training') || mean!.length === 0) throw node.refuse('normalising with the statistics of a batch');
  const epsilon = node.float('epsilon', 1e-3);
  const factors = scale!.map((value, i) => value / Math.sqrt(variance![i]! + epsilon));
  const offsets = offset!.map((value, i) => value - mean![i]! * factors[i]!);
  const operands = [factors, offsets].map((values) => constantOf(node, [values.length], values));
  const isFirst = node.text('data_format', 'NHWC').startsWith('NC');
  const x = isFirst ? toChannelsLast(node, node.input(0)) : node.input(0);
  const result = node.emit({ kind: 'affine' }, [x, ...operands]);
  return isFirst ? toChannelsFirst(node, result) : result;
}
