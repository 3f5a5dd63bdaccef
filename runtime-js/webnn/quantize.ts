import { defineLowering } from './define.ts';

export const quantize = defineLowering<'quantize'>(({ inverseScale, low, high }, { inputs: [x], output }, net) => {
  net.finish(output, net.times(net.read(x!), inverseScale * net.scaleOf(output)), low, high);
});
