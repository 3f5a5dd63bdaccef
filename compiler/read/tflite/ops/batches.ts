import type { ValueId } from '../../../ir/graph.ts';
import { sameShape, sizeOf } from '../../../ir/tensor.ts';
import type { Sliding } from '../../../ops/spatial.ts';
import { reshape, shapeOf, slice } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';
import { conv } from './convolution.ts';
import { pointwise } from './pointwise.ts';

/**
 * SPACE_TO_BATCH_ND lays every b-th pixel into a batch of its own, BATCH_TO_SPACE_ND takes that back: a convolution between
 * the two is one with dilation b. We keep the image whole and remember b until then.
 */
export interface Spread {
  readonly image: ValueId;
  /** Of each spatial axis; 1 where it is not spread. */
  readonly blocks: readonly number[];
  /** Zeros around the image that the convolution is still to read. */
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
}

/** Inputs x [n x ...spatial x c], block extents, paddings [blocks x 2]. */
export const batches: Rows = {
  SPACE_TO_BATCH_ND: (node) => {
    const shape = node.shape(0);
    const spatial = shape.slice(1, -1);
    const [blocks, pads] = [node.list(1), node.list(2)];
    const whole = spatial.map((_, axis) => blocks[axis] ?? 1);
    const padBegin = spatial.map((_, axis) => pads[2 * axis] ?? 0);
    const padEnd = spatial.map((_, axis) => pads[2 * axis + 1] ?? 0);
    const fits = spatial.every((extent, axis) => Number.isInteger((extent + padBegin[axis]! + padEnd[axis]!) / whole[axis]!));
    if (blocks.length > spatial.length || !fits) throw node.refuse(`blocks [${blocks.join(', ')}]`, shape);
    return { image: node.input(0), blocks: whole, padBegin, padEnd };
  },
  // What comes from no convolution: reading its input says so.
  BATCH_TO_SPACE_ND: (node) => node.input(0),
};

/** The row of an operator whose first input is spread, or undefined if it has none. */
export function spreadRow(kind: string): ((node: TfliteNode, spread: Spread, plain: Row) => Spread | ValueId) | undefined {
  return Object.hasOwn(pointwise, kind) ? pointwiseOf : rows[kind];
}

const rows: Readonly<Record<string, (node: TfliteNode, spread: Spread) => Spread | ValueId>> = {
  BATCH_TO_SPACE_ND: gathered,
  CONV_2D: (node, spread) => dilated(node, spread, 'full'),
  DEPTHWISE_CONV_2D: (node, spread) => dilated(node, spread, 'depthwise'),
  // A convolution of signals is one of images of one row.
  EXPAND_DIMS: reshaped,
  RESHAPE: reshaped,
  SQUEEZE: reshaped,
};

const isPadded = ({ padBegin, padEnd }: Spread): boolean => [...padBegin, ...padEnd].some((rowsAdded) => rowsAdded !== 0);

function dilated(node: TfliteNode, { image, blocks, padBegin, padEnd }: Spread, depth: 'full' | 'depthwise'): Spread {
  const result = conv(node, depth, image, (sliding): Sliding => {
    if (sliding.strides.some((stride) => stride !== 1))
      throw node.refuse(`a stride of [${sliding.strides.join(', ')}] over blocks`);
    return {
      strides: sliding.strides,
      dilations: sliding.dilations.map((dilation, axis) => dilation * blocks[axis]!),
      padBegin: sliding.padBegin.map((pad, axis) => pad * blocks[axis]! + padBegin[axis]!),
      padEnd: sliding.padEnd.map((pad, axis) => pad * blocks[axis]! + padEnd[axis]!),
    };
  });
  const none = blocks.map(() => 0);
  return { image: result, blocks, padBegin: none, padEnd: none };
}

/** A bias or an activation means the same on the whole image; before the convolution it would change the padding. */
function pointwiseOf(node: TfliteNode, spread: Spread, plain: Row): Spread {
  const [first, ...others] = node.inputs;
  const channels = shapeOf(node, spread.image).at(-1)!;
  const perChannel = others.every((_, i) => node.isConstant(i + 1) && [1, channels].includes(sizeOf(node.shape(i + 1))));
  const aligned = others.every((_, i) => sizeOf(node.shape(i + 1)) === (node.shape(i + 1).at(-1) ?? 1));
  if (isPadded(spread) || !perChannel || !aligned) throw node.refuse('between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND it');
  node.scope.values.set(first!, spread.image);
  const result = plain(node);
  node.scope.values.delete(first!);
  return { ...spread, image: result as ValueId };
}

/** An axis of one row comes or goes. The file's shapes are those of the spread image, with all its batches. */
function reshaped(node: TfliteNode, spread: Spread): Spread {
  const [from, to] = [node.tensor(0).shape, node.output(0).shape];
  const shape = shapeOf(node, spread.image);
  for (let axis = 1; axis < Math.max(from.length, to.length) - 1; axis++) {
    if (to[axis] === 1 && sameShape(to.toSpliced(axis, 1), from)) {
      return around(spread, reshape(node, spread.image, shape.toSpliced(axis, 0, 1)), (list, filler) =>
        list.toSpliced(axis - 1, 0, filler),
      );
    }
    if (from[axis] === 1 && spread.blocks[axis - 1] === 1 && sameShape(from.toSpliced(axis, 1), to)) {
      return around(spread, reshape(node, spread.image, shape.toSpliced(axis, 1)), (list) => list.toSpliced(axis - 1, 1));
    }
  }
  throw node.refuse('between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND it', to);
}

const around = (
  { blocks, padBegin, padEnd }: Spread,
  image: ValueId,
  change: (list: readonly number[], filler: number) => readonly number[],
): Spread => ({ image, blocks: change(blocks, 1), padBegin: change(padBegin, 0), padEnd: change(padEnd, 0) });

/** Inputs x, block extents, crops [blocks x 2]. */
function gathered(node: TfliteNode, spread: Spread): ValueId {
  const [blocks, crops] = [node.list(1), node.list(2)];
  const fits = spread.blocks.every((block, axis) => block === (blocks[axis] ?? 1));
  if (!fits || isPadded(spread)) throw node.refuse(`blocks [${blocks.join(', ')}] after [${spread.blocks.join(', ')}]`);
  return spread.blocks.reduce<ValueId>((x, _, i) => {
    const [begin, end] = [crops[2 * i] ?? 0, crops[2 * i + 1] ?? 0];
    return slice(node, x, i + 1, begin, node.count(shapeOf(node, x)[i + 1]! - begin - end));
  }, spread.image);
}
