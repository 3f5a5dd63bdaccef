import type { ValueId } from '../ir/graph.ts';
import { sameShape, sizeOf, type Shape } from '../ir/tensor.ts';
import { broadcast, type BinaryFunction } from '../ops/binary.ts';
import type { Elementwise } from '../ops/elementwise.ts';
import { formats, type FormatName } from '../ops/number-formats.ts';
import type { Reduce } from '../ops/reduce.ts';
import type { Composer } from './composer.ts';

/** The small steps that operators are made of. Steps that change nothing add no node. */

export const shapeOf = (node: Composer, x: ValueId): Shape => node.scope.builder.type(x).shape;

export const rankOf = (node: Composer, x: ValueId): number => shapeOf(node, x).length;

export const constantOf = (node: Composer, shape: Shape, values: ArrayLike<number>): ValueId =>
  node.addConstant(`${node.name}/constant`, shape, Float32Array.from(values));

export const scalar = (node: Composer, value: number): ValueId => constantOf(node, [], [value]);

export const filled = (node: Composer, shape: Shape, value: number): ValueId =>
  constantOf(node, shape, new Float32Array(sizeOf(shape)).fill(value));

export const binary = (node: Composer, fn: BinaryFunction, a: ValueId, b: ValueId): ValueId =>
  node.emit({ kind: 'binary', fn }, [a, b]);

export const elementwise = (node: Composer, fn: Elementwise['fn'], x: ValueId, ...parameters: readonly number[]): ValueId =>
  node.emit({ kind: 'elementwise', fn, parameters }, [x]);

export const reshape = (node: Composer, x: ValueId, shape: Shape): ValueId =>
  sameShape(shapeOf(node, x), shape) ? x : node.emit({ kind: 'reshape', shape }, [x]);

export const transpose = (node: Composer, x: ValueId, permutation: readonly number[]): ValueId =>
  permutation.every((axis, i) => axis === i) && permutation.length === rankOf(node, x)
    ? x
    : node.emit({ kind: 'transpose', permutation }, [x]);

/** Picks along an axis; what picks all in their order is not there. */
export function gather(node: Composer, x: ValueId, axis: number, indices: readonly number[]): ValueId {
  const whole = indices.length === shapeOf(node, x)[axis] && indices.every((index, i) => index === i);
  return whole ? x : node.emit({ kind: 'gather', axis, indices }, [x]);
}

export const slice = (node: Composer, x: ValueId, axis: number, start: number, length: number): ValueId =>
  gather(
    node,
    x,
    axis,
    Array.from({ length }, (_, i) => start + i),
  );

export const concat = (node: Composer, axis: number, parts: readonly ValueId[]): ValueId =>
  parts.length === 1 ? parts[0]! : node.emit({ kind: 'concat', axis }, parts);

export const reduce = (node: Composer, fn: Reduce['fn'], x: ValueId, axes: readonly number[]): ValueId =>
  axes.length === 0 && (fn === 'sum' || fn === 'mean' || fn === 'max' || fn === 'min')
    ? x
    : node.emit({ kind: 'reduce', fn, axes }, [x]);

/** What results of whole-number arithmetic are in their width; f32 holds those of the floats as they are. */
export const inFormat = (node: Composer, x: ValueId, format: FormatName): ValueId =>
  formats[format].whole ? castTo(node, x, format) : x;

export const castTo = (node: Composer, x: ValueId, format: FormatName, saturate = true): ValueId =>
  node.emit({ kind: 'cast', format, saturate, direction: 'up' }, [x]);

/** NumPy's expansion of a value to the common shape with another one, or null. */
export function expand(node: Composer, x: ValueId, shape: Shape): ValueId | null {
  const from = shapeOf(node, x);
  const to = broadcast(from, shape);
  if (to === null) return null;
  let result = reshape(node, x, [...Array.from({ length: to.length - from.length }, () => 1), ...from]);
  to.forEach((extent, axis) => {
    if (shapeOf(node, result)[axis] === extent) return;
    result = gather(
      node,
      result,
      axis,
      Array.from({ length: extent }, () => 0),
    );
  });
  return result;
}

/** [n x c x ...spatial] -> [n x ...spatial x c], as our ops want it. */
export const toChannelsLast = (node: Composer, x: ValueId): ValueId => {
  const spatial = Array.from({ length: rankOf(node, x) - 2 }, (_, axis) => axis + 2);
  return transpose(node, x, [0, ...spatial, 1]);
};

/** [n x ...spatial x c] -> [n x c x ...spatial], as ONNX has it. */
export const toChannelsFirst = (node: Composer, x: ValueId): ValueId => {
  const rank = rankOf(node, x);
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 1);
  return transpose(node, x, [0, rank - 1, ...spatial]);
};

/** Per-channel values [c] as a shape that broadcasts over channel axis 1 of a value of this rank. */
export const alongChannels = (node: Composer, values: ValueId, rank: number): ValueId =>
  reshape(node, values, [sizeOf(shapeOf(node, values)), ...Array.from({ length: rank - 2 }, () => 1)]);
