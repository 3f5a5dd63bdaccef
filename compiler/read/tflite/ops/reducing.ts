import type { ValueId } from '../../../ir/graph.ts';
import type { Reduce } from '../../../ops/reduce.ts';
import { binary, elementwise, rankOf, reduce, reshape, scalar, shapeOf } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';
import { options } from '../schema.ts';

/** Inputs x and axes; they are kept with extent 1 or dropped. */
const reducing =
  (fn: Reduce['fn']): Row =>
  (node) => {
    const x = node.input(0);
    const axes = [...new Set(node.list(1).map((axis) => node.axis(axis, rankOf(node, x))))];
    const result = reduce(node, fn, x, axes);
    if (node.flag(options.Reducer.keepDims)) return result;
    return reshape(
      node,
      result,
      shapeOf(node, result).filter((_, axis) => !axes.includes(axis)),
    );
  };

/** Folds along axes, and what normalizes along the last one. */
export const reductions: Rows = {
  L2_NORMALIZATION: l2Normalization,
  LOG_SOFTMAX: logSoftmax,
  MEAN: reducing('mean'),
  REDUCE_MAX: reducing('max'),
  REDUCE_MIN: reducing('min'),
  SOFTMAX: softmax,
  SUM: reducing('sum'),
};

/** Of beta * x, along the last axis. */
function softmax(node: TfliteNode): ValueId {
  const beta = node.float(options.Softmax.beta, 1);
  const x = node.input(0);
  return node.emit({ kind: 'softmax' }, [beta === 1 ? x : binary(node, 'mul', x, scalar(node, beta))]);
}

/** x - log(sum(exp(x))), shifted by the maximum so that nothing overflows. */
function logSoftmax(node: TfliteNode): ValueId {
  const x = node.input(0);
  const last = [rankOf(node, x) - 1];
  const shifted = binary(node, 'sub', x, reduce(node, 'max', x, last));
  const sum = reduce(node, 'sum', elementwise(node, 'exp', shifted), last);
  return binary(node, 'sub', shifted, elementwise(node, 'log', sum));
}

/** x / max(norm, 1e-6) along the last axis (kernels/internal/reference/l2normalization.h). */
function l2Normalization(node: TfliteNode): ValueId {
  const x = node.input(0);
  const norm = reduce(node, 'l2', x, [rankOf(node, x) - 1]);
  return binary(node, 'div', x, binary(node, 'max', norm, scalar(node, 1e-6)));
}
