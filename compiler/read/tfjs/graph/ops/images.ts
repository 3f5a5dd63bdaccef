import type { ValueId } from '../../../../ir/graph.ts';
import { reshape, shapeOf, slice, transpose } from '../../../compose.ts';
import { mirrorPad } from '../../../mirror.ts';
import { resizeAxis, type Resizing } from '../../../resize-axis.ts';
import type { GraphNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { fits } from './moving.ts';

/** Padding and resizing of images, and their taking apart for dilated convolutions. */
export const images: Rows = {
  BatchToSpaceND: batchToSpace,
  MirrorPad: (node) => {
    const mode = node.text('mode', 'REFLECT') === 'SYMMETRIC' ? 'symmetric' : 'reflect';
    return fits(node, mirrorPad(node, node.input(0), padsOf(node), mode), 'this mirrored padding');
  },
  Pad: (node) => pad(node, 0),
  PadV2: (node) => pad(node, node.constant(2).data[0] ?? 0),
  ResizeBilinear: (node) => resize(node, 'bilinear'),
  ResizeNearestNeighbor: (node) => resize(node, 'nearest'),
  SpaceToBatchND: spaceToBatch,
};

interface Pads {
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** Input 1: [rank x 2] */
function padsOf(node: GraphNode): Pads {
  const pads = node.list(1);
  const shape = node.shape(0);
  if (pads.length !== 2 * shape.length) throw node.refuse(`paddings [${pads.join(', ')}]`, shape);
  return { begin: shape.map((_, axis) => pads[2 * axis]!), end: shape.map((_, axis) => pads[2 * axis + 1]!) };
}

const pad = (node: GraphNode, value: number): ValueId => padded(node, node.input(0), padsOf(node), value);

function padded(node: GraphNode, x: ValueId, { begin, end }: Pads, value: number): ValueId {
  node.count(shapeOf(node, x).reduce((size, extent, axis) => size * (begin[axis]! + extent + end[axis]!), 1));
  return [...begin, ...end].every((rows) => rows === 0) ? x : node.emit({ kind: 'pad', begin, end, value }, [x]);
}

function resize(node: GraphNode, interpolation: Resizing['interpolation']): ValueId {
  const sizes = node.list(1);
  if (sizes.length !== 2 || node.shape(0).length !== 4) throw node.refuse(`a size of [${sizes.join(' x ')}]`, node.shape(0));
  const places = { interpolation, alignCorners: node.flag('align_corners'), halfPixelCenters: node.flag('half_pixel_centers') };
  return sizes.reduce<ValueId>((x, to, i) => resizeAxis(node, x, i + 1, node.count(to), places), node.input(0));
}

/** Inputs x [n x ...spatial x rest], block extents, paddings [blocks x 2] -> [blocks * n x ...spatial / blocks x rest]. */
function spaceToBatch(node: GraphNode): ValueId {
  const [blocks, pads] = [node.list(1), node.list(2)];
  const rank = node.shape(0).length;
  const side = (end: 0 | 1): readonly number[] =>
    Array.from({ length: rank }, (_, axis) => (axis === 0 ? 0 : (pads[2 * (axis - 1) + end] ?? 0)));
  const whole = padded(node, node.input(0), { begin: side(0), end: side(1) }, 0);
  const [n, ...extents] = shapeOf(node, whole);
  const rest = extents.slice(blocks.length);
  const split = reshape(node, whole, [n!, ...blocks.flatMap((block, i) => [extents[i]! / block, block]), ...rest]);
  const order = [
    ...blocks.map((_, i) => 2 * i + 2),
    0,
    ...blocks.map((_, i) => 2 * i + 1),
    ...rest.map((_, i) => 2 * blocks.length + 1 + i),
  ];
  const count = n! * blocks.reduce((product, block) => product * block, 1);
  return reshape(node, transpose(node, split, order), [count, ...blocks.map((block, i) => extents[i]! / block), ...rest]);
}

/** Inputs x, block extents, crops [blocks x 2]: the way back. */
function batchToSpace(node: GraphNode): ValueId {
  const [blocks, crops] = [node.list(1), node.list(2)];
  const [count, ...extents] = node.shape(0);
  const n = count! / blocks.reduce((product, block) => product * block, 1);
  const rest = extents.slice(blocks.length);
  const split = reshape(node, node.input(0), [...blocks, n, ...extents]);
  const order = [
    blocks.length,
    ...blocks.flatMap((_, i) => [blocks.length + 1 + i, i]),
    ...rest.map((_, i) => 2 * blocks.length + 1 + i),
  ];
  const whole = reshape(node, transpose(node, split, order), [n, ...blocks.map((block, i) => extents[i]! * block), ...rest]);
  return blocks.reduce<ValueId>((x, _, i) => {
    const [begin, end] = [crops[2 * i] ?? 0, crops[2 * i + 1] ?? 0];
    return slice(node, x, i + 1, begin, node.count(shapeOf(node, x)[i + 1]! - begin - end));
  }, whole);
}
