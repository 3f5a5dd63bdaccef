import type { GraphConstant } from '../artifact/graph.ts';
import type { Convolution } from '../artifact/kernel.ts';
import type { Operand } from './api.ts';
import { defineLowering } from './define.ts';
import type { Net } from './net.ts';

export const conv = defineLowering<'conv'>((kernel, { inputs: [x], constants: [w, bias, multiplier], output }, net) => {
  const { input, output: extents, kernel: taps, strides, dilations, pads, channels, groups } = kernel;
  const scales = net.productScales(output, channels[1], multiplier);
  const steps = scales.map((scale) => scale / net.scaleOf(x!));
  // What no window reaches is cut off by the last step of the stride, not by negative padding.
  const behind = (axis: 0 | 1): number =>
    Math.max(0, (extents[axis] - 1) * strides[axis] + (taps[axis] - 1) * dilations[axis] + 1 - pads[axis] - input[axis]);
  const real = net.builder.conv2d(net.read(x!, [...input, channels[0]]), filterOf(kernel, w!, steps, net), {
    padding: [pads[0], behind(0), pads[1], behind(1)],
    strides,
    dilations,
    groups,
    inputLayout: 'nhwc',
    filterLayout: isDepthwise(kernel) ? 'ihwo' : 'ohwi',
    bias: net.biases(bias!, scales),
  });
  if (kernel.result === 'i32') net.put(output, real);
  else net.finish(output, real, kernel.low, kernel.high);
});

const isDepthwise = ({ channels, groups }: Convolution): boolean =>
  groups === channels[0] && groups === channels[1] && groups > 1;

/** Weights [out x height x width x in / groups]; of a depthwise convolution [1 x height x width x out], which is what back ends of it read. */
function filterOf(kernel: Convolution, w: GraphConstant, steps: Float64Array, net: Net): Operand {
  const { kernel: taps, channels, groups } = kernel;
  if (!isDepthwise(kernel)) return net.weights(w, [channels[1], ...taps, channels[0] / groups], steps);
  const places = taps[0] * taps[1];
  const turned = Int8Array.from(w, (_, at) => w[(at % groups) * places + Math.floor(at / groups)]!);
  return net.weights(turned, [1, ...taps, groups], steps, 3);
}
