import { formatShape } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

/**
 * y = x * scale + offset along the last axis. x: [... x n], scale and offset: [n]. BatchNorm at inference, Keras
 * Normalization and Rescaling, and Mul / Add / Sub / Div by a constant are all this.
 */
export const affine = defineOp<object>({
  infer: (_, [x, scale, offset]) => {
    for (const operand of [scale!, offset!]) {
      if (operand.shape.length !== 1 || operand.shape[0] !== x!.shape.at(-1)) {
        return { mismatch: `input is ${formatShape(x!.shape)} but the per-channel values are ${formatShape(operand.shape)}` };
      }
    }
    return f32(x!.shape);
  },
  evaluate: (_, [x, scale, offset], shape) => {
    const channels = scale!.data.length;
    return { shape, data: x!.data.map((value, i) => value * scale!.data[i % channels]! + offset!.data[i % channels]!) };
  },
});
