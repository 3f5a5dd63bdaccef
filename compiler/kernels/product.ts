import { defineKernel, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const product = defineKernel<'product'>({
  reference: ({ rows, columns, depth, multiplier, low, high }, [a, b], _, size) =>
    Int16Array.from({ length: size }, (_value, at) => {
      const [block, i, j] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += a![(block * rows + i) * depth + k]! * b![(block * columns + j) * depth + k]!;
      return roundHalfEven(clamp(Math.fround(Math.fround(sum) * multiplier), low, high));
    }),
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ batch, rows, columns, depth, multiplier, low, high }, { inputs, output }) => [
    {
      module: 'kernels/product',
      name: 'product_i16',
      args: [
        ...[inputs[0]!.address, inputs[1]!.address, output.address, batch, rows, columns, depth].map(String),
        ...[multiplier, low, high].map(float),
      ],
    },
  ],
});
