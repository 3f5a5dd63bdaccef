import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import { binary, gather, rankOf, reshape, shapeOf } from '../../compose.ts';
import { isSameGrid, type Grid, type WeightScales } from '../grids.ts';
import type { OnnxNode } from '../node.ts';

/** A scale or zero point as it broadcasts to x: one value, one per index of an axis, or one per block of it. */
export function spread(node: OnnxNode, index: number, shape: Shape, written: number): ValueId {
  const values = node.input(index);
  const own = shapeOf(node, values);
  if (sizeOf(own) === 1) return reshape(node, values, []);
  const axis = node.axis(written, shape.length);
  if (own.length === 1) {
    return reshape(
      node,
      values,
      shape.map((_, other) => (other === axis ? own[0]! : 1)),
    );
  }
  const block = node.int('block_size', 0) || Math.ceil(shape[axis]! / own[axis]!);
  return gather(
    node,
    values,
    axis,
    Array.from({ length: shape[axis]! }, (_, i) => Math.floor(i / block)),
  );
}

/** Whether all values of an operand are known to be zero, so that adding them is nothing. */
export const isZero = (node: OnnxNode, index: number): boolean =>
  !node.has(index) || (node.isConstant(index) && node.constant(index).values.every((value) => value === 0));

/** x - zero point. `axis` is that of a zero point which is no scalar. */
export function shifted(node: OnnxNode, index: number, zeroPoint: number, axis = 0): ValueId {
  const x = node.input(index);
  if (isZero(node, zeroPoint)) return x;
  return binary(node, 'sub', x, spread(node, zeroPoint, shapeOf(node, x), axis));
}

/** Operand 1 less its zero point, input 3; what multiplies the sums behind it is its scale, so here that is 1. */
export function integerWeights(node: OnnxNode, axis: number): ValueId {
  const w = shifted(node, 1, 3, axis);
  keepScales(node, w, w, { axis: 0, scales: Float32Array.of(1) });
  return w;
}

/** The integers of weights are kept for the artifact where they fit into [-127, 127]. */
function keepScales(node: OnnxNode, real: ValueId, integers: ValueId, scales: WeightScales): void {
  const fits = node.constantValue(integers)?.data.every((q) => Math.abs(q) <= 127) ?? false;
  if (fits && rankOf(node, real) > 1) node.scope.weightScales.set(real, scales);
}

/** Operand `index` with its scale and zero point behind it. What was quantized on the same grid is known already. */
export function dequantized(node: OnnxNode, index: number, axis: number): ValueId {
  const q = node.input(index);
  // Weights that a QuantizeLinear rounds, as quantization-aware training exports them, go the way of integer weights.
  const grid = node.constantValue(q) === undefined ? node.scope.grids.get(q) : undefined;
  const own = gridOf(node, index + 1);
  if (grid !== undefined && own !== null && isSameGrid(grid, own)) return grid.real;
  const x = shifted(node, index, index + 2, axis);
  const real = binary(node, 'mul', x, spread(node, index + 1, shapeOf(node, x), axis));
  if (node.isConstant(index + 1) && node.constant(index + 1).shape.length < 2) {
    const scales = Float32Array.from(node.constant(index + 1).values);
    keepScales(node, real, x, { axis: scales.length > 1 ? node.axis(axis, rankOf(node, x)) : 0, scales });
  }
  return real;
}

/** Scale and zero point of a whole tensor, which are inputs `scale` and `scale + 1`; null where they are not constants. */
export function gridOf(node: OnnxNode, scale: number): Omit<Grid, 'real'> | null {
  const known = [scale, scale + 1].every((index) => !node.has(index) || node.isConstant(index));
  if (!known || sizeOf(node.shape(scale)) !== 1) return null;
  return { scale: node.constant(scale).values[0]!, zeroPoint: node.has(scale + 1) ? node.constant(scale + 1).values[0]! : 0 };
}
