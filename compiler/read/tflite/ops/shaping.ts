import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import { depthToSpace, spaceToDepth } from '../../blocks.ts';
import { rankOf, reshape, transpose } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** The same values under another shape, or with their axes in another order. */
export const shaping: Rows = {
  DEPTH_TO_SPACE: (node) => blocks(node, depthToSpace),
  EXPAND_DIMS: (node) => {
    const shape = node.shape(0);
    const axis = node.axis(node.list(1)[0] ?? Number.NaN, shape.length + 1);
    return reshape(node, node.input(0), shape.toSpliced(axis, 0, 1));
  },
  RESHAPE: (node) => reshape(node, node.input(0), reshapedTo(node)),
  SPACE_TO_DEPTH: (node) => blocks(node, spaceToDepth),
  SQUEEZE: (node) => {
    const shape = node.shape(0);
    const written = node.ints(options.Squeeze.squeezeDims);
    const axes = written.map((axis) => node.axis(axis, shape.length));
    const isDropped = (axis: number): boolean => (axes.length === 0 ? shape[axis] === 1 : axes.includes(axis));
    return reshape(
      node,
      node.input(0),
      shape.filter((_, axis) => !isDropped(axis)),
    );
  },
  TRANSPOSE: (node) => {
    const rank = rankOf(node, node.input(0));
    return transpose(
      node,
      node.input(0),
      node.list(1).map((axis) => node.axis(axis, rank)),
    );
  },
};

/** The shape that the operands or options name, of which one extent may be -1; with the file's batch it is that of the result. */
function reshapedTo(node: TfliteNode): Shape {
  const size = sizeOf(node.shape(0));
  const written = node.has(1) && node.isConstant(1) ? node.list(1) : node.ints(options.Reshape.newShape);
  const known = written.reduce((product, extent) => product * (extent === -1 ? 1 : extent), 1);
  const filled = written.map((extent) => (extent === -1 ? size / known : extent));
  if (written.length > 0 && sizeOf(filled) === size) return filled;
  const { shape } = node.output(0);
  return sizeOf(shape) === size ? shape : [1, ...shape.slice(1)];
}

/** Moves blocks of the size that the options say. */
function blocks(node: TfliteNode, move: typeof depthToSpace): ValueId {
  const block = node.int(options.SpaceDepth.blockSize);
  const moved = move(node, node.input(0), block);
  if (moved === null) throw node.refuse(`block_size ${block}`, node.shape(0));
  return moved;
}
