import { formatShape } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';
import { functionOf, type Elementwise } from './elementwise.ts';

/** y = activation(x * transpose(w) + b). x: [... x in], w: [out x in], b: [out] -> [... x out]. */
export const dense = defineOp<{ readonly activation: Elementwise | null }>({
  infer: (_, [x, w, b]) => {
    const depth = x!.shape.at(-1);
    if (w!.shape.length !== 2 || w!.shape[1] !== depth) {
      return {
        mismatch: `input is ${formatShape(x!.shape)} but the weights ${formatShape(w!.shape)} read ${w!.shape[1]} values`,
      };
    }
    if (b!.shape.length !== 1 || b!.shape[0] !== w!.shape[0]) {
      return { mismatch: `weights give ${w!.shape[0]} outputs but the bias is ${formatShape(b!.shape)}` };
    }
    return f32([...x!.shape.slice(0, -1), w!.shape[0]!]);
  },
  evaluate: ({ activation }, [x, w, b], shape) => {
    const depth = w!.shape[1]!;
    const outputs = w!.shape[0]!;
    const data = new Float32Array((x!.data.length / depth) * outputs);
    const activate = activation === null ? null : functionOf(activation);
    for (let row = 0; row * depth < x!.data.length; row++) {
      for (let o = 0; o < outputs; o++) {
        let sum = b!.data[o]!;
        for (let k = 0; k < depth; k++) sum += x!.data[row * depth + k]! * w!.data[o * depth + k]!;
        data[row * outputs + o] = activate === null ? sum : activate(sum);
      }
    }
    return { shape, data };
  },
});
