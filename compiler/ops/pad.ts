import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

export interface Pad {
  /** Values added before and behind each axis; none is negative. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly value: number;
}

/** x in a larger box filled with `value`. */
export const pad = defineOp<Pad>({
  infer: ({ begin, end }, [x]) => {
    const fits = [begin, end].every((list) => list.length === x!.shape.length && list.every((extent) => extent >= 0));
    return fits
      ? f32(x!.shape.map((extent, axis) => begin[axis]! + extent + end[axis]!))
      : { mismatch: `pads [${begin.join(', ')}] and [${end.join(', ')}] do not fit ${formatShape(x!.shape)}` };
  },
  evaluate: ({ begin, value }, [x], shape) => {
    const data = new Float32Array(sizeOf(shape)).fill(value);
    const run = x!.shape.at(-1) ?? 1;
    for (let start = 0; start < x!.data.length; start += run) {
      let rest = start / run;
      let at = begin.at(-1) ?? 0;
      let stride = shape.at(-1) ?? 1;
      for (let axis = shape.length - 2; axis >= 0; axis--) {
        at += ((rest % x!.shape[axis]!) + begin[axis]!) * stride;
        rest = Math.floor(rest / x!.shape[axis]!);
        stride *= shape[axis]!;
      }
      data.set(x!.data.subarray(start, start + run), at);
    }
    return { shape, data };
  },
});
