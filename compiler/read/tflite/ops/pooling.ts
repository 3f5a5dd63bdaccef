import type { ValueId } from '../../../ir/graph.ts';
import type { Pool } from '../../../ops/pool.ts';
import { applyFused } from '../fused.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';
import { slidingOf } from '../window.ts';

/** Maxima and averages over windows of images [n x height x width x c]; an average does not count the padding. */
export const pooling: Rows = {
  AVERAGE_POOL_2D: (node) => pool(node, 'average'),
  MAX_POOL_2D: (node) => pool(node, 'max'),
};

function pool(node: TfliteNode, fn: Pool['fn']): ValueId {
  const slots = options.Pool2D;
  const shape = node.shape(0);
  const kernel = [node.int(slots.filterH), node.int(slots.filterW)];
  if (shape.length !== 4 || !kernel.every((extent) => extent > 0)) throw node.refuse(`a window [${kernel.join(' x ')}]`, shape);
  const sliding = slidingOf(node, slots, shape.slice(1, -1), kernel);
  const result = node.emit({ kind: 'pool', fn, kernel, ...sliding, countPadding: false, ceil: false }, [node.input(0)]);
  return applyFused(node, slots.fused, result);
}
