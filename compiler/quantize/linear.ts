import type { Kernel, Result } from '../../runtime-js/artifact/kernel.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import type { Quantization } from '../ir/tensor.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Elementwise } from '../ops/elementwise.ts';
import type { Op } from '../ops/float-graph.ts';
import type { Lowering } from './lowering.ts';
import { proveNoOverflow, type Proof } from './overflow.ts';
import { fixedPoint, importedWeights, maxFloat, quantizeWeights } from './parameters.ts';
import { lowerWide } from './wide.ts';

/** A fused activation, in real units. */
export interface Clamp {
  readonly low: number;
  readonly high: number;
}

/** What a kernel with weights is told: what becomes of its sums, and its bounds in units of the result. */
export interface LinearBounds extends Clamp {
  readonly result: Result;
}

/** The kernel of a layer. */
export type KernelOf = (bounds: LinearBounds, proof: Proof) => Kernel;

/**
 * Quantizes the weights of a layer (operand 1, [out x ...], bias operand 2, [out]) and emits its kernel: a result on the way
 * to the output stays f32, any other is requantized. `shape`: of the weights as the kernel reads them.
 */
export function lowerLinear(
  node: Node<Op>,
  lowering: Lowering,
  shape: readonly number[],
  clamp: Clamp,
  kernelOf: KernelOf,
): void {
  (lowering.hasWideWeights(node) ? lowerWide : lowerNarrow)(node, lowering, shape, clamp, kernelOf);
}

function lowerNarrow(
  node: Node<Op>,
  lowering: Lowering,
  shape: readonly number[],
  { low, high }: Clamp,
  kernelOf: KernelOf,
): void {
  const { id: x, quantization: from } = lowering.operand(node.inputs[0]!);
  const [weights, bias] = [lowering.tensor(node, 1), lowering.constant(node, 2)];
  const quantized =
    weights.scales === undefined || !biasFits(bias, from.scale, weights.scales)
      ? quantizeWeights(weights.data, bias, from.scale)
      : importedWeights(weights.data, bias, from.scale, weights.scales);
  const proof = proveNoOverflow(`node "${node.name}"`, quantized, storedRange(from));
  const operands = [
    x,
    lowering.addConstant(`${node.name}/weights`, quantized.weights, shape),
    lowering.addConstant(`${node.name}/bias`, quantized.bias),
  ];
  const multiplied = (scales: Iterable<number>): ValueId[] => [
    ...operands,
    lowering.addConstant(`${node.name}/multiplier`, Float32Array.from(scales)),
  ];
  if (lowering.isFloat(node.output)) {
    const bounds = { low: Math.max(low, -maxFloat), high: Math.min(high, maxFloat), result: 'f32' } as const;
    lowering.emit(kernelOf(bounds, proof), node, multiplied(quantized.scales.map((scale) => from.scale * scale)), null);
    return;
  }
  const to = lowering.quantizationOf(node.output);
  const bounds = boundsOn(to, { low, high });
  const imported = weights.scales !== undefined && lowering.importedQuantization(node.output) !== null;
  if (!imported || lowering.rounding === 'float') {
    // An int8 model's multiplier is computed in f32 throughout, as XNNPACK and onnxruntime do.
    const multiplierOf = (scale: number): number =>
      imported ? Math.fround(Math.fround(from.scale * scale) / to.scale) : (from.scale * scale) / to.scale;
    lowering.emit(kernelOf({ ...bounds, result: 'i16' }, proof), node, multiplied(quantized.scales.map(multiplierOf)), to);
    return;
  }
  // TFLite multiplies the two scales of a per-tensor FULLY_CONNECTED in f32, those of any other layer in f64.
  const product = node.op.kind === 'dense' && weights.scales!.length === 1 ? Math.fround : Number;
  const fixed = Array.from(quantized.scales, (scale) => fixedPoint(product(from.scale * scale) / to.scale));
  const sums = lowering.emitSums(kernelOf({ ...bounds, result: 'i32' }, proof), node, operands);
  const constants = [
    lowering.addConstant(
      `${node.name}/mantissa`,
      Int32Array.from(fixed, ({ mantissa }) => mantissa),
    ),
    lowering.addConstant(
      `${node.name}/shift`,
      Int32Array.from(fixed, ({ shift }) => shift),
    ),
  ];
  const kernel = { kind: 'requantize', rounding: lowering.rounding, channels: bias.length, ...bounds } as const;
  lowering.emit(kernel, node, [sums, ...constants], to);
}

/** Of tiny weights beside a large bias, scales of the weights' own would push the bias beyond what a sum can hold. */
const biasFits = (bias: Float32Array, inputScale: number, scales: Float32Array): boolean =>
  bias.every((b, o) => Math.abs(b / (inputScale * scales[scales.length === 1 ? 0 : o]!)) < 2 ** 30);

/** Bounds in units of a grid, as far as the grid goes. */
export function boundsOn(to: Quantization, { low, high }: Clamp): Clamp {
  const stored = storedRange(to);
  return {
    low: Math.max(stored.low, Math.min(stored.high, Math.round(low / to.scale))),
    high: Math.min(stored.high, Math.max(stored.low, Math.round(high / to.scale))),
  };
}

/** A fused activation as bounds of the result. */
export function clampOf(node: Node<Op>, activation: Elementwise | null, lowering: Lowering): Clamp {
  switch (activation?.fn) {
    case undefined:
      return { low: -Infinity, high: Infinity };
    case 'relu':
      return { low: 0, high: Infinity };
    case 'relu6':
      return { low: 0, high: 6 };
    case 'clip':
      return { low: activation!.parameters[0] ?? -Infinity, high: activation!.parameters[1] ?? Infinity };
    default:
      throw lowering.unsupported(node, `activation ${activation!.fn} was not split off`);
  }
}
