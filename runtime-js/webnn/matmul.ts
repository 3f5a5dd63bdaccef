import { defineLowering } from './define.ts';

/** gemm with transposed weights is what back ends fuse with the quantization around it (PLATFORMS.md of the project has what was tried). */
export const matmul = defineLowering<'matmul'>((kernel, { inputs: [x], constants: [w, bias, multiplier], output }, net) => {
  const [rows, depth] = [bias!.length, net.sizeOf(x!)];
  const scales = net.productScales(output, rows, multiplier);
  const weights = net.weights(
    w!,
    [rows, depth],
    scales.map((scale) => scale / net.scaleOf(x!)),
  );
  const real = net.builder.gemm(net.read(x!), weights, { c: net.biases(bias!, scales), bTranspose: true });
  if (kernel.result === 'i32') net.put(output, real);
  else net.finish(output, real, kernel.low, kernel.high);
});
