import { sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';
import { extents3, reach, sliding3, slidingMismatch, spatialOf, type Sliding } from './spatial.ts';

export interface Pool extends Sliding {
  readonly fn: 'max' | 'average';
  readonly kernel: readonly number[];
  /** Whether an average counts the zeros of the padding. */
  readonly countPadding: boolean;
  /** Whether the last window may hang over the end; what hangs over is never counted. */
  readonly ceil: boolean;
}

/**
 * The greatest or mean value under a sliding window, per channel. x: [n x ...spatial x c] -> [n x ...spatial x c]. Padding never
 * wins a maximum.
 */
export const pool = defineOp<Pool>({
  infer: (attributes, [x]) => {
    const { strides, dilations, padBegin, padEnd, kernel, ceil } = attributes;
    const wrong = slidingMismatch(attributes, kernel, x!.shape.length - 2);
    if (wrong !== null) return { mismatch: wrong };
    const extents = spatialOf(x!.shape).map((extent, axis) => {
      const [stride, begin] = [strides[axis]!, padBegin[axis]!];
      const room = extent + begin + padEnd[axis]! - reach(kernel[axis]!, dilations[axis]!);
      const windows = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
      // A window that would begin behind the data is dropped.
      return ceil && (windows - 1) * stride >= extent + begin ? windows - 1 : windows;
    });
    return f32([x!.shape[0]!, ...extents, x!.shape.at(-1)!]);
  },
  evaluate: (attributes, [x], shape) => {
    const { fn, countPadding, padEnd } = attributes;
    const { strides, dilations, pads } = sliding3(attributes);
    const extents = extents3(spatialOf(x!.shape));
    const kernel = extents3(attributes.kernel);
    const ends = extents3([0, 0, 0, ...padEnd].slice(-3)).map(
      (end, axis) => extents[axis]! + (axis < 3 - padEnd.length ? 0 : end),
    );
    const [outD, outH, outW] = extents3(spatialOf(shape));
    const channels = shape.at(-1)!;
    const taps = sizeOf(kernel);
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      const pixel = Math.floor(i / channels);
      const n = Math.floor(pixel / (outD * outH * outW));
      const place = [Math.floor(pixel / (outH * outW)) % outD, Math.floor(pixel / outW) % outH, pixel % outW];
      let [sum, peak, inside, counted] = [0, -Infinity, 0, 0];
      for (let tap = 0; tap < taps; tap++) {
        const offsets = [Math.floor(tap / (kernel[1] * kernel[2])), Math.floor(tap / kernel[2]) % kernel[1], tap % kernel[2]];
        const [z, y, column] = place.map((at, axis) => at * strides[axis]! - pads[axis]! + offsets[axis]! * dilations[axis]!);
        if (z! < ends[0]! && y! < ends[1]! && column! < ends[2]!) counted++;
        if (z! < 0 || z! >= extents[0] || y! < 0 || y! >= extents[1] || column! < 0 || column! >= extents[2]) continue;
        const value = x!.data[(((n * extents[0] + z!) * extents[1] + y!) * extents[2] + column!) * channels + (i % channels)]!;
        sum += value;
        peak = Math.max(peak, value);
        inside++;
      }
      data[i] = fn === 'max' ? peak : sum / (countPadding ? counted : inside);
    }
    return { shape, data };
  },
});
