import type { ValueId } from '../../../ir/graph.ts';
import type { Pool } from '../../../ops/pool.ts';
import { rankOf, reduce, shapeOf, toChannelsFirst, toChannelsLast } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';
import { slidingOf } from '../window.ts';

const overAll =
  (fn: 'mean' | 'max'): Row =>
  (node) => {
    const x = node.input(0);
    return reduce(
      node,
      fn,
      x,
      Array.from({ length: rankOf(node, x) - 2 }, (_, axis) => axis + 2),
    );
  };

/** Maxima and averages over windows: [n x c x ...spatial]. */
export const pooling: Rows = {
  AveragePool: (node) => pool(node, 'average'),
  GlobalAveragePool: overAll('mean'),
  GlobalMaxPool: overAll('max'),
  MaxPool: (node) => [pool(node, 'max'), { missing: 'the indices of the maxima, which are not computed' }],
};

function pool(node: OnnxNode, fn: Pool['fn']): ValueId {
  const x = node.input(0);
  const extents = shapeOf(node, x).slice(2);
  const kernel = node.ints('kernel_shape');
  if (kernel === null || kernel.length !== extents.length || extents.length > 3) {
    throw node.refuse(`kernel_shape [${kernel?.join(', ') ?? ''}]`, shapeOf(node, x));
  }
  const result = node.emit(
    {
      kind: 'pool',
      fn,
      kernel,
      ...slidingOf(node, extents, kernel),
      countPadding: node.int('count_include_pad', 0) !== 0,
      ceil: node.int('ceil_mode', 0) !== 0,
    },
    [toChannelsLast(node, x)],
  );
  return toChannelsFirst(node, result);
}
