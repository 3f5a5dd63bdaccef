import type { Kernel, Result } from '../../runtime-js/artifact/kernel.ts';
import type { Node } from '../ir/graph.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Elementwise } from '../ops/elementwise.ts';
import type { Op } from '../ops/float-graph.ts';
import type { Lowering } from './lowering.ts';
import { proveNoOverflow } from './overflow.ts';
import { maxFloat, quantizeWeights } from './parameters.ts';

/** A fused activation, in real units. */
export interface Clamp {
  readonly low: number;
  readonly high: number;
}

/** What a kernel with weights is told: what becomes of its sums, and its bounds in units of the result. */
export interface LinearBounds extends Clamp {
  readonly result: Result;
}

/**
 * Quantizes the weights of a layer and emits its kernel: a result on the way to the output stays f32, any other is
 * requantized. weights: [out x ...] row-major with `shape`, bias: [out].
 */
export function lowerLinear(
  node: Node<Op>,
  lowering: Lowering,
  { weights, shape, bias }: { readonly weights: Float32Array; readonly shape: readonly number[]; readonly bias: Float32Array },
  { low, high }: Clamp,
  kernelOf: (bounds: LinearBounds) => Kernel,
): void {
  const { id: x, quantization: from } = lowering.operand(node.inputs[0]!);
  const quantized = quantizeWeights(weights, bias, from.scale);
  proveNoOverflow(`node "${node.name}"`, quantized, storedRange(from));
  const operands = (outputScale: number) => [
    x,
    lowering.addConstant(`${node.name}/weights`, quantized.weights, shape),
    lowering.addConstant(`${node.name}/bias`, quantized.bias),
    lowering.addConstant(
      `${node.name}/multiplier`,
      Float32Array.from(quantized.scales, (scale) => (from.scale * scale) / outputScale),
    ),
  ];
  if (lowering.isFloat(node.output)) {
    const bounds = { low: Math.max(low, -maxFloat), high: Math.min(high, maxFloat), result: 'f32' } as const;
    lowering.emit(kernelOf(bounds), node, operands(1), null);
    return;
  }
  const to = lowering.quantizationOf(node.output);
  const stored = storedRange(to);
  const bounds = {
    low: Math.max(stored.low, Math.min(stored.high, Math.round(low / to.scale))),
    high: Math.min(stored.high, Math.max(stored.low, Math.round(high / to.scale))),
    result: 'i16',
  } as const;
  lowering.emit(kernelOf(bounds), node, operands(to.scale), to);
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
