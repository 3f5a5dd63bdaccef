import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';
import { foldedIndex } from './reduce.ts';

export interface Normalize {
  readonly axes: readonly number[];
  readonly epsilon: number;
  /** Whether the mean is taken off: all but RMSNorm do. */
  readonly center: boolean;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) with mean and (population) variance over the given axes. Layer, instance, group
 * and RMS normalization differ in the axes; what they scale and shift by is an `affine` or `binary` behind it.
 */
export const normalize = defineOp<Normalize>({
  infer: ({ axes }, [x]) =>
    axes.length > 0 && axes.every((axis) => axis >= 0 && axis < x!.shape.length)
      ? f32(x!.shape)
      : { mismatch: `axes [${axes.join(', ')}] are not those of ${formatShape(x!.shape)}` },
  evaluate: ({ axes, epsilon, center }, [x], shape) => {
    const group = foldedIndex(shape, axes);
    const n = axes.reduce((product, axis) => product * shape[axis]!, 1);
    const means = new Float64Array(sizeOf(shape) / n);
    const squares = new Float64Array(means.length);
    const groups = Int32Array.from(x!.data, (_, i) => group(i));
    if (center) x!.data.forEach((value, i) => (means[groups[i]!]! += value / n));
    x!.data.forEach((value, i) => (squares[groups[i]!]! += (value - means[groups[i]!]!) ** 2 / n));
    return { shape, data: x!.data.map((value, i) => (value - means[groups[i]!]!) / Math.sqrt(squares[groups[i]!]! + epsilon)) };
  },
});
