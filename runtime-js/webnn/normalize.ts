import { defineLowering } from './define.ts';

export const normalize = defineLowering<'normalize'>(({ n, center, epsilon, ratio, low, high }, { inputs: [x], output }, net) => {
  const { builder } = net;
  const rows = net.units(x!, [net.sizeOf(x!) / n, n]);
  const over = { axes: [2], keepDimensions: true } as const;
  const centred = center ? builder.sub(rows, builder.reduceMean(rows, over)) : rows;
  const variance = net.times(builder.reduceSumSquare(centred, over), 1 / n);
  const deviation = builder.sqrt(builder.add(variance, net.constant([epsilon])));
  net.finish(output, net.times(builder.div(centred, deviation), ratio * net.scaleOf(output)), low, high);
});
