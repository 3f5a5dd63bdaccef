import { producerOf, typeOf, type Node } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import type { Op } from '../../ops/float-graph.ts';
import { clampOf, lowerLinear, type LinearBounds } from '../linear.ts';
import type { Lowering } from '../lowering.ts';
import type { Proof } from '../overflow.ts';
import type { LoweringRule } from './define.ts';

/**
 * dense -> matmul; on several rows (one per time step) a convolution of one tap.
 * A fused clamp is the kernel's clamp.
 */
export const dense: LoweringRule<'dense'> = (node, lowering) => {
  const [outputs, depth] = lowering.tensor(node, 1).shape as readonly [number, number];
  const rows = sizeOf(typeOf(lowering.graph, node.output).shape) / outputs;
  const clamp = clampOf(node, node.op.activation, lowering);
  if (rows === 1) {
    const sparse = isSparse(node, lowering) && outputs >= leastSparseRows;
    lowerLinear(node, lowering, [outputs, depth], clamp, (bounds) => ({
      kind: 'matmul',
      sparse,
      ...bounds,
    }));
    return;
  }
  const kernelOf = (bounds: LinearBounds, proof: Proof) =>
    ({
      kind: 'conv',
      input: [1, rows],
      output: [1, rows],
      kernel: [1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0],
      channels: [depth, outputs],
      groups: 1,
      ...proof,
      ...bounds,
    }) as const;
  lowerLinear(node, lowering, [outputs, 1, 1, depth], clamp, kernelOf);
};

/** Fewer rows do not pay for listing the inputs that are not zero. */
const leastSparseRows = 128;

/** About half of what a ReLU gives is zero. */
function isSparse(node: Node<Op>, { graph }: Lowering): boolean {
  const before = producerOf(graph, node.inputs[0]!);
  const producer = before?.op.kind === 'fakeQuantize' ? producerOf(graph, before.inputs[0]!) : before;
  return producer?.op.kind === 'dense' && (producer.op.activation?.fn === 'relu' || producer.op.activation?.fn === 'relu6');
}
