import { formatShape, sizeOf, type Shape } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

/** The same values under another shape. Flatten, Squeeze, Unsqueeze and Dropout at inference are this too. */
export const reshape = defineOp<{ readonly shape: Shape }>({
  infer: ({ shape }, [x]) =>
    sizeOf(shape) === sizeOf(x!.shape)
      ? f32(shape)
      : {
          mismatch: `cannot reshape ${formatShape(x!.shape)} (${sizeOf(x!.shape)} values) to ${formatShape(shape)} (${sizeOf(shape)} values)`,
        },
  evaluate: ({ shape }, [x]) => ({ shape, data: x!.data }),
});
