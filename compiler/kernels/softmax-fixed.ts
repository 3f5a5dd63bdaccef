import { bytesOf, defineKernel } from './define.ts';
import { divideByPower, highProduct, reciprocal } from './fixed-point.ts';

export const softmaxFixed = defineKernel<'softmaxFixed'>({
  reference: ({ n }, [x], [exps], size) => {
    const out = new Int16Array(size);
    for (let start = 0; start < size; start += n) {
      const row = [...x!.subarray(start, start + n)];
      const peak = row.reduce((greatest, value) => Math.max(greatest, value), -32_768);
      const sum = row.reduce((total, value) => total + divideByPower(exps![peak - value]!, 12), 0);
      const headroom = Math.clz32(sum);
      const scale = reciprocal(sum * 2 ** headroom - 2 ** 31);
      row.forEach((value, i) => {
        const q = divideByPower(highProduct(scale, exps![peak - value]!), 12 - headroom + 31 - 8);
        out[start + i] = Math.min(Math.max(q, 0), 255);
      });
    }
    return out;
  },
  pack: ([exps]) => [bytesOf(exps!.values)],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ n }, { inputs, output, constants }) => [
    {
      module: 'kernels/rows',
      name: 'softmax_fixed',
      args: [inputs[0]!.address, output.address, constants[0]!, output.size / n, n].map(String),
    },
  ],
});
