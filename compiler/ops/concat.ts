import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

/** The inputs one after the other along an axis; the other extents agree. */
export const concat = defineOp<{ readonly axis: number }>({
  infer: ({ axis }, inputs) => {
    const [first] = inputs;
    const fits = inputs.every(
      ({ shape }) => shape.length === first!.shape.length && shape.every((extent, i) => i === axis || extent === first!.shape[i]),
    );
    if (!fits || !(axis >= 0 && axis < first!.shape.length)) {
      return { mismatch: `cannot join ${inputs.map(({ shape }) => formatShape(shape)).join(', ')} along axis ${axis}` };
    }
    return f32(
      first!.shape.with(
        axis,
        inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0),
      ),
    );
  },
  evaluate: ({ axis }, inputs, shape) => {
    const data = new Float32Array(sizeOf(shape));
    const outer = sizeOf(shape.slice(0, axis));
    let at = 0;
    for (let n = 0; n < outer; n++) {
      for (const input of inputs) {
        const run = input.data.length / outer;
        data.set(input.data.subarray(n * run, (n + 1) * run), at);
        at += run;
      }
    }
    return { shape, data };
  },
});
