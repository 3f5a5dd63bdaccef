import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import { broadcast } from '../../../ops/binary.ts';
import { concat, expand, gather, rankOf, reshape, shapeOf, slice } from '../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Formatted, Rows } from '../row.ts';
import { pad } from './pad.ts';

/** Picking and joining values; what is picked must be known while reading. */
export const moving: Rows = {
  Concat: (node) => concat(node, node.axis(node.int('axis', 1), node.shape(0).length), node.inputs()),
  Gather: gatherAt,
  Pad: pad,
  Slice: sliced,
  Split: split,
  Tile: tile,
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

/** Lengths are an attribute before opset 13, an input since, or equal but for the last. */
function split(node: OnnxNode): readonly ValueId[] {
  const x = node.input(0);
  const axis = node.axis(node.int('axis', 0), rankOf(node, x));
  const extent = shapeOf(node, x)[axis]!;
  const parts = node.proto.output.length;
  const even = Math.ceil(extent / parts);
  const lengths =
    node.list(1) ?? node.ints('split') ?? Array.from({ length: parts }, (_, i) => Math.min(even, extent - i * even));
  if (lengths.length !== parts || lengths.reduce((sum, length) => sum + length, 0) !== extent) {
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
    const indices = Array.from({ length: extent * count }, (_, i) => i % extent);
    result = gather(node, result, axis, indices);
  });
  return result;
}

/** Picks each value from one of two, one behind the other. The condition must be known. */
function where(node: OnnxNode): Formatted {
  const condition = node.constant(0);
  const shape = [1, 2].reduce<readonly number[] | null>(
    (common, index) => (common === null ? null : broadcast(common, shapeOf(node, node.input(index)))),
    condition.shape,
  );
  if (shape === null) throw node.refuse('a condition that does not broadcast', condition.shape);
  const flat = (x: ValueId | null): ValueId => {
    if (x === null) throw node.refuse('operands that do not broadcast', shape);
    return reshape(node, x, [sizeOf(shape)]);
  };
  const both = concat(node, 0, [flat(expand(node, node.input(1), shape)), flat(expand(node, node.input(2), shape))]);
  const mask = node.scope.builder.constantOf(
    flat(expand(node, node.addConstant(`${node.name}/mask`, condition.shape, Float32Array.from(condition.values)), shape)),
  );
  const size = sizeOf(shape);
  const indices = Array.from({ length: size }, (_, i) => (mask!.data[i] === 0 ? size + i : i));
  return { value: reshape(node, gather(node, both, 0, indices), shape), format: node.format(1) };
}
