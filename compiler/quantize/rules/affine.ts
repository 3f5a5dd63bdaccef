import { lowerDense } from './dense.ts';
import type { LoweringRule } from './define.ts';

/** affine -> scale on f32 values (the model's input scaling); on int8, where no dense layer could take it in, a diagonal matmul. */
export const affine: LoweringRule<'affine'> = (node, lowering) => {
  const scale = lowering.constant(node, 1);
  const offset = lowering.constant(node, 2);
  const float = lowering.floatOperand(node.inputs[0]!);
  if (float !== null) {
    const operands = [
      float,
      lowering.addConstant(`${node.name}/scale`, scale),
      lowering.addConstant(`${node.name}/offset`, offset),
    ];
    lowering.emit({ kind: 'scale' }, node, operands, null);
    return;
  }
  const diagonal = new Float32Array(scale.length ** 2);
  scale.forEach((value, i) => (diagonal[i * scale.length + i] = value));
  lowerDense(node, lowering, diagonal, offset, { low: -Infinity, high: Infinity });
};
