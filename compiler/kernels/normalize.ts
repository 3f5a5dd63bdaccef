import { defineKernel, double, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const normalize = defineKernel<'normalize'>({
  reference: ({ n, center, epsilon, ratio, low, high }, [x], _, size) => {
    const out = new Int16Array(size);
    for (let start = 0; start < size; start += n) {
      const row = x!.subarray(start, start + n);
      let [sum, squares] = [0, 0];
      for (const value of row) {
        sum += center ? value : 0;
        squares += value * value;
      }
      const variance = (n * squares - sum * sum) / (n * n);
      const exact = ratio / Math.sqrt(variance + epsilon);
      const [factor, offset] = [Math.fround(exact), Math.fround(-(sum / n) * exact)];
      row.forEach((value, i) => {
        out[start + i] = roundHalfEven(clamp(Math.fround(Math.fround(value * factor) + offset), low, high));
      });
    }
    return out;
  },
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ n, center, epsilon, ratio, low, high }, { inputs, output }) => [
    {
      module: 'kernels/rows',
      name: 'normalize_rows',
      args: [
        ...[inputs[0]!.address, output.address, output.size / n, n, center ? 1 : 0].map(String),
        ...[epsilon, ratio].map(double),
        ...[low, high].map(float),
      ],
    },
  ],
});
