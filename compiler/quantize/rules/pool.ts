import { imageOf, pairOf } from '../image.ts';
import type { LoweringRule } from './define.ts';

/** pool -> pool, at the scale of its input: a maximum or a mean is never greater. */
export const pool: LoweringRule<'pool'> = (node, lowering) => {
  const { op } = node;
  const [x, y] = [imageOf(lowering, node, node.inputs[0]!), imageOf(lowering, node, node.output)];
  const { id, quantization } = lowering.operand(node.inputs[0]!);
  const kernel = {
    kind: 'pool',
    fn: op.fn,
    input: x.size,
    output: y.size,
    channels: x.channels,
    kernel: pairOf(op.kernel, 1),
    strides: pairOf(op.strides, 1),
    dilations: pairOf(op.dilations, 1),
    pads: pairOf(op.padBegin, 0),
    counted: op.countPadding ? pairOf(op.padEnd, 0) : null,
    awayFrom:
      lowering.rounding === 'float' || lowering.importedQuantization(node.output) === null ? null : quantization.zeroPoint,
  } as const;
  lowering.emit(kernel, node, [id], quantization);
};
