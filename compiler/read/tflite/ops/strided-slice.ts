import type { ValueId } from '../../../ir/graph.ts';
import * as shared from '../../strided-slice.ts';
import type { TfliteNode } from '../node.ts';
import { options } from '../schema.ts';

/** Inputs x, begins, ends, strides. */
export function stridedSlice(node: TfliteNode): ValueId {
  const slots = options.StridedSlice;
  const [begins, ends, strides] = [node.list(1), node.list(2), node.list(3)];
  const sliced = shared.stridedSlice(node, node.input(0), {
    begins,
    ends,
    strides,
    beginMask: node.int(slots.beginMask),
    endMask: node.int(slots.endMask),
    ellipsisMask: node.int(slots.ellipsisMask),
    newAxisMask: node.int(slots.newAxisMask),
    shrinkAxisMask: node.int(slots.shrinkAxisMask),
    offset: node.flag(slots.offset),
  });
  if (sliced !== null) return sliced;
  const lists = [begins, ends, strides].map((list) => `[${list.join(', ')}]`);
  throw node.refuse(`a slice from ${lists[0]} to ${lists[1]} in steps of ${lists[2]}`, node.shape(0));
}
