import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

export interface Resample {
  readonly axis: number;
  /** Values that each output is made of. */
  readonly taps: number;
  /** [outputs x taps]: which inputs along the axis. */
  readonly indices: readonly number[];
  /** [outputs x taps]: how much of each. */
  readonly weights: readonly number[];
}

/** y[.. o ..] = sum over t of weights[o][t] * x[.. indices[o][t] ..]: linear and cubic resizing of one axis. */
export const resample = defineOp<Resample>({
  infer: ({ axis, taps, indices, weights }, [x]) => {
    const extent = x!.shape[axis];
    const whole = indices.length % taps === 0 && weights.length === indices.length && indices.length > 0;
    if (extent === undefined || !whole || indices.some((index) => !(index >= 0 && index < extent))) {
      return { mismatch: `axis ${axis} of ${formatShape(x!.shape)} cannot be resampled with these indices` };
    }
    return f32(x!.shape.with(axis, indices.length / taps));
  },
  evaluate: ({ axis, taps, indices, weights }, [x], shape) => {
    const inner = sizeOf(shape.slice(axis + 1));
    const [from, to] = [x!.shape[axis]!, shape[axis]!];
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      const [outer, o, rest] = [Math.floor(i / (inner * to)), Math.floor(i / inner) % to, i % inner];
      let sum = 0;
      for (let t = o * taps; t < (o + 1) * taps; t++) sum += weights[t]! * x!.data[(outer * from + indices[t]!) * inner + rest]!;
      data[i] = sum;
    }
    return { shape, data };
  },
});
