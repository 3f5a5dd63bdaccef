import type { KernelOf } from '../artifact/kernel.ts';
import { defineLowering } from './define.ts';
import type { Net } from './net.ts';

type Pool = KernelOf<'pool'>;

const limit = 32_767;

export const pool = defineLowering<'pool'>((kernel, { inputs: [x], output }, net) => {
  const { fn, input, channels, pads, kernel: taps, strides, dilations } = kernel;
  const isDilated = dilations.some((dilation, axis) => dilation > 1 && taps[axis]! > 1);
  const isPadded = [...pads, behind(kernel, 0), behind(kernel, 1)].some((rows) => rows > 0);
  const isPlain = !isDilated && (fn === 'max' || !isPadded);
  const real = isPlain
    ? net.builder[fn === 'max' ? 'maxPool2d' : 'averagePool2d'](net.read(x!, [...input, channels]), {
        windowDimensions: taps,
        strides,
        dilations: [1, 1],
        padding: [pads[0], behind(kernel, 0), pads[1], behind(kernel, 1)],
        layout: 'nhwc',
      })
    : pooledByTaps(kernel, x!, net);
  if (fn === 'max') net.put(output, real);
  else net.finish(output, real, -limit, limit);
});

const behind = ({ input, output, strides, kernel, dilations, pads }: Pool, axis: 0 | 1): number =>
  Math.max(0, (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - pads[axis] - input[axis]);

/**
 * Dilated windows, which back ends do not know, and means at the edge, where Chromium counts padding although the specification says not to: each tap gathers
 * its values.
 */
function pooledByTaps(kernel: Pool, x: number, net: Net) {
  const { fn, input, output, kernel: taps, strides, dilations, pads, channels, counted } = kernel;
  const size = output[0] * output[1] * channels;
  const counts = new Float32Array(size);
  const values = net.read(x);
  const nothing = net.constant(new Float32Array(net.batch).fill(fn === 'max' ? -limit * net.scaleOf(x) : 0), [net.batch, 1]);
  const tapOf = (tap: number) => {
    const table = new Int32Array(size).fill(net.sizeOf(x));
    for (let at = 0; at < size; at++) {
      const [row, column, channel] = [
        Math.floor(at / channels / output[1]),
        Math.floor(at / channels) % output[1],
        at % channels,
      ];
      const iy = row * strides[0] - pads[0] + Math.floor(tap / taps[1]) * dilations[0];
      const ix = column * strides[1] - pads[1] + (tap % taps[1]) * dilations[1];
      const inside = iy >= 0 && iy < input[0] && ix >= 0 && ix < input[1];
      if (inside) table[at] = (iy * input[1] + ix) * channels + channel;
      if (inside || (counted !== null && iy < input[0] + counted[0] && ix < input[1] + counted[1])) counts[at]!++;
    }
    return net.pick([values, nothing], table);
  };
  const all = Array.from({ length: taps[0] * taps[1] }, (_, tap) => tapOf(tap));
  if (fn === 'max') return all.reduce((most, value) => net.builder.max(most, value));
  return net.builder.div(
    all.reduce((sum, value) => net.builder.add(sum, value)),
    net.constant(counts, [size]),
  );
}
