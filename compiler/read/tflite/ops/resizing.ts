import type { ValueId } from '../../../ir/graph.ts';
import { resizeAxis, type Resizing } from '../../resize-axis.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** Resizing of images to [height, width], one axis after the other. */
export const resizing: Rows = {
  RESIZE_BILINEAR: (node) => resize(node, options.ResizeBilinear, 'bilinear'),
  RESIZE_NEAREST_NEIGHBOR: (node) => resize(node, options.ResizeNearestNeighbor, 'nearest'),
};

type Slots = Readonly<Record<'alignCorners' | 'halfPixelCenters', number>>;

function resize(node: TfliteNode, slots: Slots, interpolation: Resizing['interpolation']): ValueId {
  const sizes = node.list(1);
  const shape = node.shape(0);
  if (sizes.length !== 2 || shape.length !== 4) throw node.refuse(`a size of [${sizes.join(' x ')}]`, shape);
  const [alignCorners, halfPixelCenters] = [node.flag(slots.alignCorners), node.flag(slots.halfPixelCenters)];
  return sizes.reduce<ValueId>(
    (x, to, i) => resizeAxis(node, x, i + 1, node.count(to), { interpolation, alignCorners, halfPixelCenters }),
    node.input(0),
  );
}
