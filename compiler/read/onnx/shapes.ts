import { sizeOf, type Shape } from '../../ir/tensor.ts';
import type { OnnxNode } from './node.ts';

/** 0 copies an extent of the input, -1 takes what is left. A batch that the exporter wrote into the shape is bound to 1. */
export function reshapedShape(node: OnnxNode, from: Shape): Shape {
  const wanted = node.has(1) ? [...node.constant(1).values] : (node.ints('shape') ?? []);
  const keepsZero = node.int('allowzero', 0) !== 0;
  const copied = wanted.map((extent, axis) => (extent === 0 && !keepsZero ? (from[axis] ?? 0) : extent));
  const complete = (extents: readonly number[]): Shape => {
    const known = extents.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
    return extents.map((extent) => (extent === -1 ? sizeOf(from) / known : extent));
  };
  const shape = complete(copied);
  const fits = sizeOf(shape) === sizeOf(from) && shape.every(Number.isInteger);
  return fits || copied[0] !== node.scope.batch ? shape : complete([1, ...copied.slice(1)]);
}

/** Axes are an attribute before opset 13, an input since. */
const axesOf = (node: OnnxNode): readonly number[] | null => (node.has(1) ? [...node.constant(1).values] : node.ints('axes'));

export function squeezedShape(node: OnnxNode, from: Shape): Shape {
  const axes = axesOf(node)?.map((axis) => (axis < 0 ? axis + from.length : axis));
  return from.filter((extent, axis) => (axes === undefined ? extent !== 1 : !axes.includes(axis)));
}

export function unsqueezedShape(node: OnnxNode, from: Shape): Shape {
  const axes = axesOf(node) ?? [];
  const rank = from.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  let next = 0;
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (from[next++] ?? 0)));
}

export function flattenedShape(node: OnnxNode, from: Shape): Shape {
  const axis = node.int('axis', 1);
  const cut = axis < 0 ? axis + from.length : axis;
  return [sizeOf(from.slice(0, cut)), sizeOf(from.slice(cut))];
}
