import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import { concat, expand, gather, rankOf, reshape, shapeOf, slice } from '../../compose.ts';
import { applyFused } from '../fused.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';
import { stridedSlice } from './strided-slice.ts';

/** Picking, repeating and joining values; what is picked must be known while reading. */
export const moving: Rows = {
  BROADCAST_TO: (node) => {
    const wanted = node.list(1);
    node.count(sizeOf(wanted));
    const result = expand(node, node.input(0), wanted);
    if (result === null) throw node.refuse(`an expansion to [${wanted.join(' x ')}]`, node.shape(0));
    return result;
  },
  CONCATENATION: (node) => {
    const axis = node.axis(node.int(options.Concatenation.axis), node.shape(0).length);
    return applyFused(node, options.Concatenation.fused, concat(node, axis, node.allInputs()));
  },
  GATHER: gatherAt,
  PACK: pack,
  REVERSE_V2: (node) =>
    node.list(1).reduce<ValueId>((x, written) => {
      const axis = node.axis(written, rankOf(node, x));
      const extent = shapeOf(node, x)[axis]!;
      return gather(
        node,
        x,
        axis,
        Array.from({ length: node.count(extent) }, (_, i) => extent - 1 - i),
      );
    }, node.input(0)),
  SLICE: sliced,
  SPLIT: (node) => {
    const x = node.input(1);
    const axis = node.axis(node.list(0)[0] ?? Number.NaN, rankOf(node, x));
    const length = shapeOf(node, x)[axis]! / node.outputs.length;
    return split(
      node,
      x,
      axis,
      node.outputs.map(() => length),
    );
  },
  SPLIT_V: (node) => {
    const x = node.input(0);
    const axis = node.axis(node.list(2)[0] ?? Number.NaN, rankOf(node, x));
    const lengths = node.list(1);
    const known = lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
    return split(
      node,
      x,
      axis,
      lengths.map((length) => (length === -1 ? shapeOf(node, x)[axis]! - known : length)),
    );
  },
  STRIDED_SLICE: stridedSlice,
  TILE: tile,
  UNPACK: unpack,
};

/** The indices' axes take the place of the axis that they pick from. */
function gatherAt(node: TfliteNode): ValueId {
  if (node.int(options.Gather.batchDims) !== 0) throw node.refuse(`batch_dims ${node.int(options.Gather.batchDims)}`);
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const axis = node.axis(node.int(options.Gather.axis), shape.length);
  const indices = node.constant(1);
  return reshape(node, gather(node, x, axis, [...indices.data]), [
    ...shape.slice(0, axis),
    ...indices.shape,
    ...shape.slice(axis + 1),
  ]);
}

/** Inputs x, begins, sizes; size -1 goes to the end. */
function sliced(node: TfliteNode): ValueId {
  const [begins, sizes] = [node.list(1), node.list(2)];
  if (begins.length !== node.shape(0).length || sizes.length !== begins.length) {
    throw node.refuse(`a slice from [${begins.join(', ')}] of [${sizes.join(', ')}]`, node.shape(0));
  }
  return begins.reduce<ValueId>((x, begin, axis) => {
    const extent = shapeOf(node, x)[axis]!;
    return slice(node, x, axis, begin, node.count(sizes[axis] === -1 ? extent - begin : sizes[axis]!));
  }, node.input(0));
}

function split(node: TfliteNode, x: ValueId, axis: number, lengths: readonly number[]): readonly ValueId[] {
  const extent = shapeOf(node, x)[axis]!;
  const whole = lengths.every((length) => Number.isInteger(length) && length > 0);
  if (!whole || lengths.length !== node.outputs.length || lengths.reduce((sum, length) => sum + length, 0) !== extent) {
    throw node.refuse(`a split of ${extent} values into [${lengths.join(', ')}]`);
  }
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return slice(node, x, axis, start - length, node.count(length));
  });
}

function tile(node: TfliteNode): ValueId {
  const repeats = node.list(1);
  if (repeats.length !== node.shape(0).length) throw node.refuse(`repeats [${repeats.join(', ')}]`, node.shape(0));
  return repeats.reduce<ValueId>((x, count, axis) => {
    const extent = shapeOf(node, x)[axis]!;
    return gather(
      node,
      x,
      axis,
      Array.from({ length: node.count(extent * count) }, (_, i) => i % extent),
    );
  }, node.input(0));
}

/** Joins values along a new axis. */
function pack(node: TfliteNode): ValueId {
  const axis = node.axis(node.int(options.Pack.axis), node.shape(0).length + 1);
  const parts = node.allInputs().map((x) => reshape(node, x, shapeOf(node, x).toSpliced(axis, 0, 1)));
  return concat(node, axis, parts);
}

/** Takes values apart along an axis, which is dropped. */
function unpack(node: TfliteNode): readonly ValueId[] {
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const axis = node.axis(node.int(options.Unpack.axis), shape.length);
  if (shape[axis] !== node.outputs.length) throw node.refuse(`unpacking ${shape[axis]} values into ${node.outputs.length}`);
  return node.outputs.map((_, i) => reshape(node, slice(node, x, axis, i, 1), shape.toSpliced(axis, 1)));
}
