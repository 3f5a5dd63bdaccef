import type { ValueId } from '../ir/graph.ts';
import { reshape, shapeOf, transpose } from './compose.ts';
import type { Composer } from './composer.ts';

/** Of images [n x height x width x c], with the block's place before the channel in the depth (tf.nn.depth_to_space). Null where they do not fit. */
export function depthToSpace(node: Composer, x: ValueId, block: number): ValueId | null {
  const shape = shapeOf(node, x);
  const [n, height, width, depth] = shape;
  if (shape.length !== 4 || block < 1) return null;
  const channels = depth! / block ** 2;
  const moved = transpose(node, reshape(node, x, [n!, height!, width!, block, block, channels]), [0, 1, 3, 2, 4, 5]);
  return reshape(node, moved, [n!, height! * block, width! * block, channels]);
}

export function spaceToDepth(node: Composer, x: ValueId, block: number): ValueId | null {
  const shape = shapeOf(node, x);
  const [n, height, width, channels] = shape;
  if (shape.length !== 4 || block < 1) return null;
  const split = reshape(node, x, [n!, height! / block, block, width! / block, block, channels!]);
  const moved = transpose(node, split, [0, 1, 3, 2, 4, 5]);
  return reshape(node, moved, [n!, height! / block, width! / block, channels! * block ** 2]);
}
