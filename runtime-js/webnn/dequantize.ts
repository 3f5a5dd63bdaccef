import { defineLowering } from './define.ts';

export const dequantize = defineLowering<'dequantize'>(({ scale }, { inputs: [x], output }, net) => {
  net.put(output, net.times(net.read(x!), scale / net.scaleOf(x!)));
});
