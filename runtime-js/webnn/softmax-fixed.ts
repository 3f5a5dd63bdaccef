import { defineLowering } from './define.ts';
import { stepOf } from './softmax.ts';

/** In f32 instead of fixed point, in units of 1/256: within one unit. */
export const softmaxFixed = defineLowering<'softmaxFixed'>(({ n }, { inputs: [x], constants: [powers], output }, net) => {
  const exponents = net.times(net.units(x!, [net.sizeOf(x!) / n, n]), stepOf(powers![0]! / powers![1]!));
  net.finish(output, net.times(net.builder.softmax(exponents, 2), 256 * net.scaleOf(output)), 0, 255);
});
