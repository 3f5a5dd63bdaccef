import type { GraphConstant } from '../artifact/graph.ts';
import type { Convolution, Pair } from '../artifact/kernel.ts';
import { defineLowering } from './define.ts';

/**
 * Back ends know neither groups nor dilations of it: each group is a convolution of its own, and dilated kernels have zeros between their taps.
 * Padding is cut off behind it: Chromium 147 computes nonsense where it is not the same on both sides.
 */
export const convTranspose = defineLowering<'convTranspose'>(
  (kernel, { inputs: [x], constants: [w, bias, multiplier], output }, net) => {
    const { input, output: extents, strides, pads, channels, groups } = kernel;
    const [inputs, outputs] = [channels[0] / groups, channels[1] / groups];
    const reach = reachOf(kernel);
    const image = net.read(x!, [...input, channels[0]]);
    const scales = net.productScales(output, channels[1], multiplier);
    const wide = withZeros(kernel, w!);
    const whole = [0, 1].map((axis) => (input[axis]! - 1) * strides[axis]! + reach[axis]!);
    const results = Array.from({ length: groups }, (_, group) => {
      const own = <T extends { slice(from: number, to: number): T }>(values: T, each: number): T =>
        values.slice(group * each, (group + 1) * each);
      const ofGroup = own(scales, outputs);
      const weights = own(wide, outputs * reach[0] * reach[1] * inputs);
      return net.builder.convTranspose2d(
        groups === 1 ? image : net.builder.slice(image, [0, 0, 0, group * inputs], [net.batch, ...input, inputs]),
        net.weights(
          weights,
          [outputs, ...reach, inputs],
          ofGroup.map((scale) => scale / net.scaleOf(x!)),
        ),
        {
          padding: [0, 0, 0, 0],
          strides,
          dilations: [1, 1],
          groups: 1,
          outputSizes: whole,
          inputLayout: 'nhwc',
          filterLayout: 'ohwi',
          bias: net.biases(Int32Array.from(bias!).slice(group * outputs, (group + 1) * outputs), ofGroup),
        },
      );
    });
    const joined = results.length === 1 ? results[0]! : net.builder.concat(results, 3);
    const isWhole = whole.every((extent, axis) => extent === extents[axis]);
    const real = isWhole ? joined : net.builder.slice(joined, [0, ...pads, 0], [net.batch, ...extents, channels[1]]);
    if (kernel.result === 'i32') net.put(output, real);
    else net.finish(output, real, kernel.low, kernel.high);
  },
);

/** Taps of the spread kernel; more, zeros at its end, where the output goes on behind what the kernel reaches. */
function reachOf({ input, output, kernel, strides, dilations, pads }: Convolution): Pair {
  const along = (axis: 0 | 1): number =>
    Math.max((kernel[axis] - 1) * dilations[axis] + 1, output[axis] + pads[axis] - (input[axis] - 1) * strides[axis]);
  return [along(0), along(1)];
}

/** Weights [out x height x width x in / groups], the kernel spread by its dilations. */
function withZeros(kernel: Convolution, w: GraphConstant): Int8Array {
  const { kernel: taps, dilations, channels, groups } = kernel;
  const depth = channels[0] / groups;
  const reach = reachOf(kernel);
  const wide = new Int8Array(channels[1] * reach[0] * reach[1] * depth);
  for (let at = 0; at < w.length; at += depth) {
    const [o, y, x] = [
      Math.floor(at / depth / taps[0] / taps[1]),
      Math.floor(at / depth / taps[1]) % taps[0],
      (at / depth) % taps[1],
    ];
    const place = ((o * reach[0] + y * dilations[0]) * reach[1] + x * dilations[1]) * depth;
    for (let i = 0; i < depth; i++) wide[place + i] = w[at + i]!;
  }
  return wide;
}
