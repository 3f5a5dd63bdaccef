import { defineLowering } from './define.ts';

/** The table of powers, e^-(d * step), tells the step. */
export const softmax = defineLowering<'softmax'>(
  ({ n, inverseScale, low, high }, { inputs: [x], constants: [powers], output }, net) => {
    const exponents = net.times(net.units(x!, [net.sizeOf(x!) / n, n]), stepOf(powers![0]! / powers![1]!));
    net.finish(output, net.times(net.builder.softmax(exponents, 2), inverseScale * net.scaleOf(output)), low, high);
  },
);

/** By how much exponents grow from one value to the next, by the ratio of their powers. */
export const stepOf = (ratio: number): number => Math.min(Math.log(ratio), 88);
