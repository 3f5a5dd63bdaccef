import type { Node } from '../ir/graph.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Op } from '../ops/float-graph.ts';
import type { Clamp, KernelOf } from './linear.ts';
import { repeated, wholeVectors, type Lowering } from './lowering.ts';
import { proveNoOverflow } from './overflow.ts';
import { maxFloat, quantizeWideWeights } from './parameters.ts';

/** int16 weights: the layer runs once with the upper parts of its weights and once with the lower ones. */
export function lowerWide(
  node: Node<Op>,
  lowering: Lowering,
  shape: readonly number[],
  { low, high }: Clamp,
  kernelOf: KernelOf,
): void {
  const { id: x, quantization: from } = lowering.operand(node.inputs[0]!);
  const bias = lowering.constant(node, 2);
  const { upper, lower, scales } = quantizeWideWeights(lowering.constant(node, 1), bias, from.scale);
  const sums = [upper, lower].map((part, i) => {
    const proof = proveNoOverflow(`node "${node.name}"`, part, storedRange(from));
    const name = `${node.name}/${i === 0 ? 'upper' : 'lower'}`;
    return lowering.emitSums(kernelOf({ low: 0, high: 0, result: 'i32' }, proof), node, [
      x,
      lowering.addConstant(`${name} weights`, part.weights, shape),
      lowering.addConstant(`${name} bias`, part.bias),
    ]);
  });
  const to = lowering.isFloat(node.output) ? null : lowering.quantizationOf(node.output);
  const factors = Float32Array.from(scales, (scale) => (from.scale * scale) / (to?.scale ?? 1));
  const period = wholeVectors(factors.length, lowering.sizeOf(node.output));
  const multiplier = lowering.addConstant(`${node.name}/multiplier`, repeated(factors, period));
  const stored = to === null ? { low: -maxFloat, high: maxFloat } : storedRange(to);
  const inUnits = (bound: number): number =>
    Math.max(stored.low, Math.min(stored.high, to === null ? bound : Math.round(bound / to.scale)));
  const bounds = { low: inUnits(low), high: inUnits(high) };
  lowering.emit({ kind: 'joinSums', period, result: to === null ? 'f32' : 'i16', ...bounds }, node, [...sums, multiplier], to);
}
