import { defineLowering } from './define.ts';

export const joinSums = defineLowering<'joinSums'>(
  ({ period, low, high }, { inputs: [upper, lower], constants: [multiplier], output }, net) => {
    const { builder } = net;
    const shape = [net.sizeOf(output) / period, period];
    const joined = builder.add(net.times(net.read(upper!, shape), 254), net.read(lower!, shape));
    const factor = Float64Array.from(multiplier!, (m) => m * net.scaleOf(output));
    net.finish(output, builder.mul(joined, net.constant(factor, [period])), low, high);
  },
);
