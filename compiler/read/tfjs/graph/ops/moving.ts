import type { ValueId } from '../../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../../ir/tensor.ts';
import { depthToSpace, spaceToDepth } from '../../../blocks.ts';
import { concat, expand, gather, rankOf, reshape, shapeOf, slice, transpose } from '../../../compose.ts';
import { stridedSlice } from '../../../strided-slice.ts';
import type { GraphNode } from '../node.ts';
import type { Rows } from '../row.ts';

/** Picking, repeating, joining and reordering values; what is picked must be known while reading. */
export const moving: Rows = {
  BroadcastTo: (node) => {
    const wanted = node.list(1);
    node.count(sizeOf(wanted));
    return fits(node, expand(node, node.input(0), wanted), `an expansion to [${wanted.join(' x ')}]`);
  },
  /** Its axis is the first input. */
  Concat: (node) => join(node, node.allInputs().slice(1), node.list(0)[0]),
  ConcatV2: (node) => join(node, node.allInputs().slice(0, -1), node.list(node.inputCount - 1)[0]),
  DepthToSpace: (node) => fits(node, depthToSpace(node, node.input(0), node.int('block_size')), 'block_size'),
  ExpandDims: (node) => {
    const shape = node.shape(0);
    return reshape(node, node.input(0), shape.toSpliced(node.axis(node.list(1)[0] ?? Number.NaN, shape.length + 1), 0, 1));
  },
  Gather: (node) => gatherAt(node, 0),
  GatherV2: (node) => gatherAt(node, node.list(2)[0] ?? 0),
  Pack: (node) => {
    const axis = node.axis(node.int('axis'), node.shape(0).length + 1);
    const parts = node.allInputs().map((x) => reshape(node, x, shapeOf(node, x).toSpliced(axis, 0, 1)));
    return concat(node, axis, parts);
  },
  Reshape: (node) => reshape(node, node.input(0), filledIn(node.list(1), sizeOf(node.shape(0)))),
  ReverseV2: (node) =>
    node.list(1).reduce<ValueId>((x, written) => {
      const axis = node.axis(written, rankOf(node, x));
      const extent = shapeOf(node, x)[axis]!;
      return gather(
        node,
        x,
        axis,
        Array.from({ length: extent }, (_, i) => extent - 1 - i),
      );
    }, node.input(0)),
  Slice: sliced,
  SpaceToDepth: (node) => fits(node, spaceToDepth(node, node.input(0), node.int('block_size')), 'block_size'),
  Split: (node) => {
    const x = node.input(1);
    const axis = node.axis(node.list(0)[0] ?? Number.NaN, rankOf(node, x));
    const parts = node.count(node.int('num_split', 1));
    const length = shapeOf(node, x)[axis]! / parts;
    return split(
      node,
      x,
      axis,
      Array.from({ length: parts }, () => length),
    );
  },
  SplitV: (node) => {
    const x = node.input(0);
    const axis = node.axis(node.list(2)[0] ?? Number.NaN, rankOf(node, x));
    return split(node, x, axis, filledIn(node.list(1), shapeOf(node, x)[axis]!, 'sum'));
  },
  Squeeze: (node) => {
    const shape = node.shape(0);
    const axes = node.ints('squeeze_dims').map((axis) => node.axis(axis, shape.length));
    const isDropped = (axis: number): boolean => (axes.length === 0 ? shape[axis] === 1 : axes.includes(axis));
    return reshape(
      node,
      node.input(0),
      shape.filter((_, axis) => !isDropped(axis)),
    );
  },
  StridedSlice: (node) => {
    const [begins, ends, strides] = [node.list(1), node.list(2), node.list(3)];
    const picked = stridedSlice(node, node.input(0), {
      begins,
      ends,
      strides,
      beginMask: node.int('begin_mask'),
      endMask: node.int('end_mask'),
      ellipsisMask: node.int('ellipsis_mask'),
      newAxisMask: node.int('new_axis_mask'),
      shrinkAxisMask: node.int('shrink_axis_mask'),
      offset: false,
    });
    return fits(node, picked, `a slice from [${begins.join(', ')}] to [${ends.join(', ')}]`);
  },
  Tile: (node) =>
    node.list(1).reduce<ValueId>((x, count, axis) => {
      const extent = shapeOf(node, x)[axis] ?? 1;
      return gather(
        node,
        x,
        axis,
        Array.from({ length: node.count(extent * count) }, (_, i) => i % extent),
      );
    }, node.input(0)),
  Transpose: (node) => {
    const rank = node.shape(0).length;
    return transpose(
      node,
      node.input(0),
      node.list(1).map((axis) => node.axis(axis, rank)),
    );
  },
  Unpack: (node) => {
    const x = node.input(0);
    const shape = shapeOf(node, x);
    const axis = node.axis(node.int('axis'), shape.length);
    return Array.from({ length: shape[axis]! }, (_, i) => reshape(node, slice(node, x, axis, i, 1), shape.toSpliced(axis, 1)));
  },
};

/** What a shared step made, or the refusal where it could not. */
export function fits(node: GraphNode, result: ValueId | null, what: string): ValueId {
  if (result === null) throw node.refuse(what, node.shape(0));
  return result;
}

/** One entry may be -1: what the others leave of the whole. */
function filledIn(list: readonly number[], whole: number, by: 'product' | 'sum' = 'product'): Shape {
  const known = list.filter((extent) => extent !== -1);
  const rest =
    by === 'sum'
      ? whole - known.reduce((sum, extent) => sum + extent, 0)
      : whole / known.reduce((size, extent) => size * extent, 1);
  return list.map((extent) => (extent === -1 ? rest : extent));
}

const join = (node: GraphNode, parts: readonly ValueId[], axis: number | undefined): ValueId =>
  concat(node, node.axis(axis ?? Number.NaN, rankOf(node, parts[0]!)), parts);

/** The indices' axes take the place of the axis that they pick from. */
function gatherAt(node: GraphNode, written: number): ValueId {
  if (node.int('batch_dims') !== 0) throw node.refuse(`batch_dims ${node.int('batch_dims')}`);
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const axis = node.axis(written, shape.length);
  const indices = node.constant(1);
  const picked = gather(node, x, axis, [...indices.data]);
  return reshape(node, picked, [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)]);
}

/** Inputs x, begins, sizes; size -1 goes to the end. */
function sliced(node: GraphNode): ValueId {
  const [begins, sizes] = [node.list(1), node.list(2)];
  if (begins.length !== node.shape(0).length || sizes.length !== begins.length) {
    throw node.refuse(`a slice from [${begins.join(', ')}] of [${sizes.join(', ')}]`, node.shape(0));
  }
  return begins.reduce<ValueId>((x, begin, axis) => {
    const extent = shapeOf(node, x)[axis]!;
    return slice(node, x, axis, begin, node.count(sizes[axis] === -1 ? extent - begin : sizes[axis]!));
  }, node.input(0));
}

function split(node: GraphNode, x: ValueId, axis: number, lengths: readonly number[]): readonly ValueId[] {
  const extent = shapeOf(node, x)[axis]!;
  const whole = lengths.every((length) => Number.isInteger(length) && length > 0);
  if (!whole || lengths.reduce((sum, length) => sum + length, 0) !== extent) {
    throw node.refuse(`a split of ${extent} values into [${lengths.join(', ')}]`);
  }
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return slice(node, x, axis, start - length, length);
  });
}
