import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { defineKernel, double, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

interface Fold {
  readonly start: number;
  readonly take: (sum: number, value: number) => number;
  readonly end: (sum: number) => number;
}

const same = (sum: number): number => sum;

/** In the order of the codes that runtime-as/kernels/rows.ts takes. */
const folds: Readonly<Record<KernelOf<'reduce'>['fn'], Fold>> = {
  sum: { start: 0, take: (sum, value) => sum + value, end: same },
  max: { start: -32_768, take: Math.max, end: same },
  min: { start: 32_767, take: Math.min, end: same },
  l1: { start: 0, take: (sum, value) => sum + Math.abs(value), end: same },
  l2: { start: 0, take: (sum, value) => sum + value * value, end: Math.sqrt },
  sumSquare: { start: 0, take: (sum, value) => sum + value * value, end: same },
};

export const reduce = defineKernel<'reduce'>({
  reference: ({ fn, n, multiplier, low, high }, [x], _, size) => {
    const { start, take, end } = folds[fn];
    return Int16Array.from({ length: size }, (_value, row) => {
      let sum = start;
      for (let i = row * n; i < (row + 1) * n; i++) sum = take(sum, x![i]!);
      const folded = end(sum);
      return roundHalfEven(clamp(Math.fround(folded * multiplier), low, high));
    });
  },
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ fn, n, multiplier, low, high }, { inputs, output }) => [
    {
      module: 'kernels/rows',
      name: 'reduce_rows',
      args: [
        ...[inputs[0]!.address, output.address, output.size, n, Object.keys(folds).indexOf(fn)].map(String),
        double(multiplier),
        float(low),
        float(high),
      ],
    },
  ],
});
