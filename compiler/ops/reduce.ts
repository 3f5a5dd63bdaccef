import { formatShape, sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

/** Folds values in f64: how it starts, takes a value, and ends with n of them. */
interface Fold {
  readonly start: number;
  readonly take: (sum: number, value: number) => number;
  readonly end: (sum: number, n: number) => number;
}

const same = (sum: number): number => sum;

const functions = {
  sum: { start: 0, take: (sum, value) => sum + value, end: same },
  mean: { start: 0, take: (sum, value) => sum + value, end: (sum, n) => sum / n },
  max: { start: -Infinity, take: Math.max, end: same },
  min: { start: Infinity, take: Math.min, end: same },
  l1: { start: 0, take: (sum, value) => sum + Math.abs(value), end: same },
  l2: { start: 0, take: (sum, value) => sum + value * value, end: Math.sqrt },
  sumSquare: { start: 0, take: (sum, value) => sum + value * value, end: same },
} satisfies Record<string, Fold>;

export interface Reduce {
  readonly fn: keyof typeof functions;
  readonly axes: readonly number[];
}

/** Folds the given axes to extent 1 each; a reshape drops them where a model wants that. */
export const reduce = defineOp<Reduce>({
  infer: ({ axes }, [x]) =>
    axes.every((axis) => axis >= 0 && axis < x!.shape.length)
      ? f32(x!.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)))
      : { mismatch: `axes [${axes.join(', ')}] are not those of ${formatShape(x!.shape)}` },
  evaluate: ({ fn, axes }, [x], shape) => {
    const { start, take, end }: Fold = functions[fn];
    const folds = new Float64Array(sizeOf(shape)).fill(start);
    const target = foldedIndex(x!.shape, axes);
    for (let i = 0; i < x!.data.length; i++) {
      const at = target(i);
      folds[at] = take(folds[at]!, x!.data[i]!);
    }
    const n = x!.data.length / folds.length;
    return { shape, data: Float32Array.from(folds, (sum) => end(sum, n)) };
  },
});

/** Flat index into the folded tensor for a flat index into the whole. */
export function foldedIndex(shape: readonly number[], axes: readonly number[]): (index: number) => number {
  const strides: number[] = Array.from({ length: shape.length }, () => 0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) continue;
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return (index) => {
    let rest = index;
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return at;
  };
}
