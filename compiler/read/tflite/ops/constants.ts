import { sizeOf } from '../../../ir/tensor.ts';
import { filled, constantOf } from '../../compose.ts';
import type { Rows } from '../row.ts';

/** What converters compute shapes with: all is known while reading. */
export const constants: Rows = {
  FILL: (node) => {
    const shape = node.list(0);
    node.count(sizeOf(shape));
    return filled(node, shape, node.constant(1).data[0] ?? 0);
  },
  RANGE: (node) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => node.constant(index).data[0] ?? Number.NaN);
    const length = node.count(Math.max(0, Math.ceil((limit! - start!) / delta!)));
    return constantOf(
      node,
      [length],
      Array.from({ length }, (_, i) => start! + i * delta!),
    );
  },
  SHAPE: (node) => constantOf(node, [node.shape(0).length], node.shape(0)),
  ZEROS_LIKE: (node) => {
    node.count(sizeOf(node.shape(0)));
    return filled(node, node.shape(0), 0);
  },
};
