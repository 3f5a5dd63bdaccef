import { repeated } from '../lowering.ts';
import type { LoweringRule } from './define.ts';

/** affine -> scale on f32 values (the model's input scaling, the way to the output), else affine on integers. */
export const affine: LoweringRule<'affine'> = (node, lowering) => {
  const scale = lowering.constant(node, 1);
  const offset = lowering.constant(node, 2);
  const float = lowering.floatOperand(node.inputs[0]!);
  if (float !== null) {
    const operands = [
      float,
      lowering.addConstant(`${node.name}/scale`, repeated(scale, lowering.sizeOf(node.output))),
      lowering.addConstant(`${node.name}/offset`, repeated(offset, lowering.sizeOf(node.output))),
    ];
    lowering.emit({ kind: 'scale' }, node, operands, null);
    return;
  }
  const { id, quantization: from } = lowering.operand(node.inputs[0]!);
  const to = lowering.quantizationOf(node.output);
  const parts = {
    factor: scale.map((value) => (value * from.scale) / to.scale),
    offset: offset.map((value) => value / to.scale),
  };
  const { kernel, constants } = lowering.affine(node.name, parts, lowering.sizeOf(node.output), to);
  lowering.emit(kernel, node, [id, ...constants], to);
};
