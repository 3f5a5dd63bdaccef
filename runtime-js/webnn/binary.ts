import { defineLowering } from './define.ts';

export const binary = defineLowering<'binary'>(
  ({ fn, scaleA, scaleB, inverseScale, low, high }, { inputs: [a, b], output }, net) => {
    const [x, y] = [net.times(net.read(a!), scaleA / net.scaleOf(a!)), net.times(net.read(b!), scaleB / net.scaleOf(b!))];
    net.finish(output, net.times(net.builder[fn](x, y), inverseScale * net.scaleOf(output)), low, high);
  },
);
