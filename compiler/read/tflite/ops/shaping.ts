import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import { rankOf, reshape, shapeOf, transpose } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** The same values under another shape, or with their axes in another order. */
export const shaping: Rows = {
  DEPTH_TO_SPACE: depthToSpace,
  EXPAND_DIMS: (node) => {
    const shape = node.shape(0);
    const axis = node.axis(node.list(1)[0] ?? Number.NaN, shape.length + 1);
    return reshape(node, node.input(0), shape.toSpliced(axis, 0, 1));
  },
  RESHAPE: (node) => reshape(node, node.input(0), reshapedTo(node)),
  SPACE_TO_DEPTH: spaceToDepth,
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

/** x: [n x height x width x c] and the block size. */
function blocks(node: TfliteNode): readonly [x: ValueId, shape: readonly [number, number, number, number], block: number] {
  const x = node.input(0);
  const [n, height, width, channels, ...more] = shapeOf(node, x);
  const block = node.int(options.SpaceDepth.blockSize);
  if (n === undefined || height === undefined || width === undefined || channels === undefined || more.length > 0 || block < 1) {
    throw node.refuse(`block_size ${block}`, shapeOf(node, x));
  }
  return [x, [n, height, width, channels], block];
}

/** The block's place stands before the channel in the depth. */
function depthToSpace(node: TfliteNode): ValueId {
  const [x, [n, height, width, depth], block] = blocks(node);
  const channels = depth / block ** 2;
  const moved = transpose(node, reshape(node, x, [n, height, width, block, block, channels]), [0, 1, 3, 2, 4, 5]);
  return reshape(node, moved, [n, height * block, width * block, channels]);
}

function spaceToDepth(node: TfliteNode): ValueId {
  const [x, [n, height, width, channels], block] = blocks(node);
  const split = reshape(node, x, [n, height / block, block, width / block, block, channels]);
  return reshape(node, transpose(node, split, [0, 1, 3, 2, 4, 5]), [n, height / block, width / block, channels * block ** 2]);
}
