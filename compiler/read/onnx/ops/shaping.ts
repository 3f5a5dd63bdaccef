import type { ValueId } from '../../../ir/graph.ts';
import type { Shape } from '../../../ir/tensor.ts';
import { expand, reshape, shapeOf, transpose } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';
import { flattenedShape, reshapedShape, squeezedShape, unsqueezedShape } from '../shapes.ts';

const under =
  (newShape: (node: OnnxNode, from: Shape) => Shape): Row =>
  (node) =>
    reshape(node, node.input(0), newShape(node, node.shape(0)));

/** The same values under another shape, or with their axes in another order. */
export const shaping: Rows = {
  DepthToSpace: depthToSpace,
  Expand: (node) => {
    const wanted = (node.list(1) ?? []).map((extent) => node.extent(extent));
    const result = expand(node, node.input(0), wanted);
    if (result === null) throw node.refuse(`an expansion to [${wanted.join(' x ')}]`, node.shape(0));
    return result;
  },
  Flatten: under(flattenedShape),
  Reshape: under(reshapedShape),
  SpaceToDepth: spaceToDepth,
  Squeeze: under(squeezedShape),
  Transpose: (node) => {
    const x = node.input(0);
    return transpose(node, x, node.ints('perm') ?? shapeOf(node, x).map((_, axis, { length }) => length - 1 - axis));
  },
  Unsqueeze: under(unsqueezedShape),
};

/** x: [n x c x height x width] and the block size. Throws for other ranks. */
function blocks(node: OnnxNode): readonly [x: ValueId, shape: readonly [number, number, number, number], block: number] {
  const x = node.input(0);
  const [n, c, height, width, ...rest] = shapeOf(node, x);
  const block = node.int('blocksize', 0);
  if (n === undefined || c === undefined || height === undefined || width === undefined || rest.length > 0 || block < 1) {
    throw node.refuse(`blocksize ${block}`, shapeOf(node, x));
  }
  return [x, [n, c, height, width], block];
}

/** DCR: the block's place stands before the channel in the depth; CRD: behind it. */
function depthToSpace(node: OnnxNode): ValueId {
  const [x, [n, depth, height, width], block] = blocks(node);
  const channels = depth / block ** 2;
  const outer = node.choice('mode', ['DCR', 'CRD']) === 'DCR';
  const split = reshape(node, x, outer ? [n, block, block, channels, height, width] : [n, channels, block, block, height, width]);
  const moved = transpose(node, split, outer ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return reshape(node, moved, [n, channels, height * block, width * block]);
}

function spaceToDepth(node: OnnxNode): ValueId {
  const [x, [n, channels, height, width], block] = blocks(node);
  const split = reshape(node, x, [n, channels, height / block, block, width / block, block]);
  const moved = transpose(node, split, [0, 3, 5, 1, 2, 4]);
  return reshape(node, moved, [n, channels * block ** 2, height / block, width / block]);
}
