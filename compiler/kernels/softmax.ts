import { bytesOf, defineKernel, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const softmax = defineKernel<'softmax'>({
  reference: ({ n, inverseScale, low, high }, [x], [table], size) => {
    const out = new Int16Array(size);
    for (let start = 0; start < size; start += n) {
      const row = [...x!.subarray(start, start + n)];
      const peak = row.reduce((greatest, value) => Math.max(greatest, value), -32_768);
      const sum = row.reduce((total, value) => Math.fround(total + table![peak - value]!), 0);
      row.forEach((value, i) => {
        const share = Math.fround(table![peak - value]! / sum);
        out[start + i] = roundHalfEven(clamp(Math.fround(share * inverseScale), low, high));
      });
    }
    return out;
  },
  pack: ([table]) => [bytesOf(table!.values)],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ n, inverseScale, low, high }, { inputs, output, constants }) => [
    {
      module: 'kernels/rows',
      name: 'softmax_rows',
      args: [
        ...[inputs[0]!.address, output.address, constants[0]!, output.size / n, n].map(String),
        ...[inverseScale, low, high].map(float),
      ],
    },
  ],
});
