import { defineLowering } from './define.ts';

export const scale = defineLowering<'scale'>((_, { inputs: [x], constants: [factor, offset], output }, net) => {
  const per = (values: ArrayLike<number>) => net.constant(values, [values.length]);
  net.put(output, net.builder.add(net.builder.mul(net.read(x!), per(factor!)), per(offset!)));
});
