import { producerOf, typeOf, type Node } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import { storedRange } from '../../kernels/stored.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import type { Op } from '../../ops/float-graph.ts';
import type { Lowering } from '../lowering.ts';
import { proveNoOverflow } from '../overflow.ts';
import { maxFloat, quantizeWeights } from '../parameters.ts';
import type { LoweringRule } from './define.ts';

/** dense -> matmul, or reconstruct where the result stays f32. A fused clamp is the kernel's clamp. */
export const dense: LoweringRule<'dense'> = (node, lowering) => {
  const outputs = lowering.constant(node, 2).length;
  if (sizeOf(typeOf(lowering.graph, node.output).shape) !== outputs) {
    throw lowering.unsupported(node, 'it is applied to several rows at once');
  }
  const [low, high] = clampOf(node, node.op.activation, lowering);
  lowerDense(node, lowering, lowering.constant(node, 1), lowering.constant(node, 2), { low, high });
};

/** weights: [rows x depth], bias: [rows]; low and high in real units. */
export function lowerDense(
  node: Node<Op>,
  lowering: Lowering,
  weights: Float32Array,
  bias: Float32Array,
  { low, high }: { readonly low: number; readonly high: number },
): void {
  const { id: x, quantization: from } = lowering.operand(node.inputs[0]!);
  const quantized = quantizeWeights(weights, bias, from.scale);
  proveNoOverflow(`node "${node.name}"`, quantized, storedRange(from));
  const operands = (outputScale: number) => [
    x,
    lowering.addConstant(`${node.name}/weights`, quantized.weights, [bias.length, weights.length / bias.length]),
    lowering.addConstant(`${node.name}/bias`, quantized.bias),
    lowering.addConstant(
      `${node.name}/multiplier`,
      Float32Array.from(quantized.scales, (scale) => (from.scale * scale) / outputScale),
    ),
  ];
  const sparse = isSparse(node, lowering) && bias.length >= leastSparseRows;
  if (lowering.isFloat(node.output)) {
    const bounds = { low: Math.max(low, -maxFloat), high: Math.min(high, maxFloat) };
    lowering.emit({ kind: 'reconstruct', sparse, ...bounds }, node, operands(1), null);
    return;
  }
  const to = lowering.quantizationOf(node.output);
  const stored = storedRange(to);
  const bounds = {
    low: Math.max(stored.low, Math.min(stored.high, Math.round(low / to.scale))),
    high: Math.min(stored.high, Math.max(stored.low, Math.round(high / to.scale))),
  };
  lowering.emit({ kind: 'matmul', sparse, ...bounds }, node, operands(to.scale), to);
}

/** Fewer rows do not pay for listing the inputs that are not zero. */
const leastSparseRows = 128;

/** About half of what a ReLU gives is zero. */
function isSparse(node: Node<Op>, { graph }: Lowering): boolean {
  const producer = producerOf(graph, node.inputs[0]!);
  return producer?.op.kind === 'dense' && (producer.op.activation?.fn === 'relu' || producer.op.activation?.fn === 'relu6');
}

function clampOf(node: Node<Op>, activation: Elementwise | null, lowering: Lowering): [number, number] {
  switch (activation?.fn) {
    case undefined:
      return [-Infinity, Infinity];
    case 'relu':
      return [0, Infinity];
    case 'relu6':
      return [0, 6];
    case 'clip':
      return [activation!.parameters[0] ?? -Infinity, activation!.parameters[1] ?? Infinity];
    default:
      throw lowering.unsupported(node, `activation ${activation!.fn} was not split off`);
  }
}
