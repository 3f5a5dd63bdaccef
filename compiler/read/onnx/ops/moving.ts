import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import { broadcast, broadcastIndex } from '../../../ops/binary.ts';
import { concat, expand, gather, rankOf, reshape, scalar, shapeOf, slice } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Formatted, Rows } from '../row.ts';
import { pad } from './pad.ts';

/** Picking and joining values; what is picked must be known while reading. */
export const moving: Rows = {
  Concat: (node) => concat(node, node.axis(node.int('axis', 1), node.shape(0).length), node.inputs()),
  Gather: gatherAt,
  Pad: pad,
  ReverseSequence: reversed,
  Slice: sliced,
  Split: split,
  Tile: tile,
  Trilu: triangle,
  Where: where,
};

/** The indices' axes take the place of the axis that they pick from. */
function gatherAt(node: OnnxNode): ValueId {
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const axis = node.axis(node.int('axis', 0), shape.length);
  const indices = node.constant(1);
  const extent = shape[axis]!;
  const counted = [...indices.values].map((index) => (index < 0 ? index + extent : index));
  const bad = counted.findIndex((index) => !(index >= 0 && index < extent));
  if (bad >= 0) {
    throw node.error(`index ${indices.values[bad]} is outside of ${extent} values`, 'The file looks damaged: export it again.');
  }
  return reshape(node, gather(node, x, axis, counted), [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)]);
}

/** Starts, ends, axes, steps are attributes before opset 10 (without steps), inputs since. */
function sliced(node: OnnxNode): ValueId {
  const starts = node.list(1) ?? node.ints('starts') ?? [];
  const ends = node.list(2) ?? node.ints('ends') ?? [];
  const axes = node.list(3) ?? node.ints('axes') ?? starts.map((_, i) => i);
  const steps = node.list(4) ?? starts.map(() => 1);
  let result = node.input(0);
  axes.forEach((written, i) => {
    const axis = node.axis(written, rankOf(node, result));
    const extent = shapeOf(node, result)[axis]!;
    const indices = range(starts[i] ?? Number.NaN, ends[i] ?? Number.NaN, steps[i] ?? Number.NaN, extent);
    if (indices === null) throw node.refuse(`a slice from ${starts[i]} to ${ends[i]} in steps of ${steps[i]}`);
    result = gather(node, result, axis, indices);
  });
  return result;
}

/** Indices of a slice (https://onnx.ai/onnx/operators/onnx__Slice.html): negative bounds count from the end, all are clamped. */
function range(start: number, end: number, step: number, extent: number): readonly number[] | null {
  if (Number.isNaN(start) || Number.isNaN(end) || !Number.isInteger(step) || step === 0) return null;
  const counted = (bound: number): number => (bound < 0 ? bound + extent : bound);
  const clamped = (bound: number, low: number, high: number): number => Math.min(high, Math.max(low, counted(bound)));
  const [from, to] =
    step > 0
      ? [clamped(start, 0, extent), clamped(end, 0, extent)]
      : [clamped(start, 0, extent - 1), Math.min(extent - 1, Math.max(-1, counted(end)))];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** From the last step to the first; tf2onnx writes it around one direction of a bidirectional layer. */
function reversed(node: OnnxNode): ValueId {
  const x = node.input(0);
  const axis = node.axis(node.int('time_axis', 0), rankOf(node, x));
  const steps = shapeOf(node, x)[axis]!;
  const lengths = node.list(1) ?? [];
  if (lengths.some((length) => length !== steps)) {
    throw node.refuse(`sequence_lens [${lengths.join(', ')}] of other than all ${steps} steps`);
  }
  return gather(
    node,
    x,
    axis,
    Array.from({ length: steps }, (_, i) => steps - 1 - i),
  );
}

/** Lengths are an attribute before opset 13, an input since, or equal but for the last. */
function split(node: OnnxNode): readonly ValueId[] {
  const x = node.input(0);
  const axis = node.axis(node.int('axis', 0), rankOf(node, x));
  const extent = shapeOf(node, x)[axis]!;
  const parts = node.proto.output.length;
  const even = Math.ceil(extent / parts);
  const lengths =
    node.list(1) ?? node.ints('split') ?? Array.from({ length: parts }, (_, i) => Math.min(even, extent - i * even));
  if (
    lengths.length !== parts ||
    lengths.some((length) => length < 0) ||
    lengths.reduce((sum, length) => sum + length, 0) !== extent
  ) {
    throw node.refuse(`a split of ${extent} values into [${lengths.join(', ')}]`);
  }
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return slice(node, x, axis, start - length, length);
  });
}

function tile(node: OnnxNode): ValueId {
  const repeats = node.list(1) ?? [];
  let result = node.input(0);
  if (repeats.length !== rankOf(node, result)) throw node.refuse(`repeats [${repeats.join(', ')}]`, shapeOf(node, result));
  repeats.forEach((count, axis) => {
    const extent = shapeOf(node, result)[axis]!;
    const indices = Array.from({ length: node.extent(extent * count) }, (_, i) => i % extent);
    result = gather(node, result, axis, indices);
  });
  return result;
}

/** The condition must be known. */
function where(node: OnnxNode): Formatted {
  const { shape, values } = node.constant(0);
  return { value: choose(node, { shape, values }, node.input(1), node.input(2)), format: node.format(1) };
}

/** Keeps the upper or lower triangle of each matrix, from diagonal k on; the rest is zero. */
function triangle(node: OnnxNode): ValueId {
  const x = node.input(0);
  const [rows, columns] = shapeOf(node, x).slice(-2);
  const k = node.list(1)?.[0] ?? 0;
  const upper = node.int('upper', 1) !== 0;
  const values = Array.from({ length: rows! * columns! }, (_, i) => {
    const diagonal = (i % columns!) - Math.floor(i / columns!);
    return Number(upper ? diagonal >= k : diagonal <= k);
  });
  return choose(node, { shape: [rows!, columns!], values }, x, scalar(node, 0));
}

interface Condition {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** Picks each value from one of two, which lie one behind the other: exact whatever they are, infinities included. */
function choose(node: OnnxNode, condition: Condition, yes: ValueId, no: ValueId): ValueId {
  const shape = [shapeOf(node, yes), shapeOf(node, no)].reduce<Shape | null>(
    (common, other) => (common === null ? null : broadcast(common, other)),
    condition.shape,
  );
  if (shape === null) throw node.refuse('a condition that does not broadcast', condition.shape);
  const size = sizeOf(shape);
  const flat = (x: ValueId): ValueId => reshape(node, expand(node, x, shape) ?? x, [size]);
  const at = broadcastIndex(condition.shape, shape);
  const both = concat(node, 0, [flat(yes), flat(no)]);
  const indices = Array.from({ length: size }, (_, i) => (condition.values[at(i)] === 0 ? size + i : i));
  return reshape(node, gather(node, both, 0, indices), shape);
}
