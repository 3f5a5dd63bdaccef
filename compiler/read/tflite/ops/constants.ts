import { filled, constantOf } from '../../onnx/compose.ts';
import type { Rows } from '../row.ts';

/** What converters compute shapes with: all is known while reading. */
export const constants: Rows = {
  FILL: (node) => filled(node, node.list(0), node.constant(1).data[0] ?? 0),
  RANGE: (node) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => node.constant(index).data[0] ?? Number.NaN);
    const length = Math.max(0, Math.ceil((limit! - start!) / delta!));
    if (!Number.isFinite(length)) throw node.refuse(`a range from ${start} to ${limit} in steps of ${delta}`);
    return constantOf(
      node,
      [length],
      Array.from({ length }, (_, i) => start! + i * delta!),
    );
  },
  SHAPE: (node) => constantOf(node, [node.shape(0).length], node.shape(0)),
  ZEROS_LIKE: (node) => filled(node, node.shape(0), 0),
};
