import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

export interface Gather {
  readonly axis: number;
  readonly indices: readonly number[];
}

/**
 * y[.. i ..] = x[.. indices[i] ..] along one axis. Slice, Split, Tile, Expand, nearest resizing, reflected and repeated
 * padding, and Gather with constant indices are all this.
 */
export const gather = defineOp<Gather>({
  infer: ({ axis, indices }, [x]) => {
    const extent = x!.shape[axis];
    if (extent === undefined) return { mismatch: `axis ${axis} is not one of ${formatShape(x!.shape)}` };
    const bad = indices.find((index) => !(Number.isInteger(index) && index >= 0 && index < extent));
    return bad === undefined
      ? f32(x!.shape.with(axis, indices.length))
      : { mismatch: `index ${bad} is outside of axis ${axis} of ${formatShape(x!.shape)}` };
  },
  evaluate: ({ axis, indices }, [x], shape) => {
    const run = sizeOf(shape.slice(axis + 1));
    const extent = x!.shape[axis]!;
    const outer = sizeOf(shape.slice(0, axis));
    const data = new Float32Array(sizeOf(shape));
    let at = 0;
    for (let n = 0; n < outer; n++) {
      for (const index of indices) {
        const start = (n * extent + index) * run;
        data.set(x!.data.subarray(start, start + run), at);
        at += run;
      }
    }
    return { shape, data };
  },
});
