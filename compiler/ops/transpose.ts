import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

/** Output axis i is input axis permutation[i]. */
export const transpose = defineOp<{ readonly permutation: readonly number[] }>({
  infer: ({ permutation }, [x]) => {
    const valid = permutation.length === x!.shape.length && permutation.toSorted((a, b) => a - b).every((axis, i) => axis === i);
    return valid
      ? f32(permutation.map((axis) => x!.shape[axis]!))
      : { mismatch: `permutation [${permutation.join(', ')}] does not fit ${formatShape(x!.shape)}` };
  },
  evaluate: ({ permutation }, [x], shape) => {
    const inputStrides = x!.shape.map((_, axis) => sizeOf(x!.shape.slice(axis + 1)));
    const data = new Float32Array(x!.data.length);
    for (let i = 0; i < data.length; i++) {
      let rest = i;
      let at = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += (rest % shape[axis]!) * inputStrides[permutation[axis]!]!;
        rest = Math.floor(rest / shape[axis]!);
      }
      data[i] = x!.data[at]!;
    }
    return { shape, data };
  },
});
