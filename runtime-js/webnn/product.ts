import { defineLowering } from './define.ts';

export const product = defineLowering<'product'>(
  ({ batch, rows, columns, depth, multiplier, low, high }, { inputs: [a, b], output }, net) => {
    const { builder } = net;
    const second = builder.transpose(net.units(b!, [batch, columns, depth]), { permutation: [0, 1, 3, 2] });
    const sums = builder.matmul(net.units(a!, [batch, rows, depth]), second);
    net.finish(output, net.times(sums, multiplier * net.scaleOf(output)), low, high);
  },
);
