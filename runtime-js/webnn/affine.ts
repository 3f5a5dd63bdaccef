import { defineLowering } from './define.ts';

export const affine = defineLowering<'affine'>(
  ({ period, low, high }, { inputs: [x], constants: [factor, offset], output }, net) => {
    const { builder } = net;
    const scale = net.scaleOf(output);
    const per = (values: ArrayLike<number>) =>
      net.constant(
        Float64Array.from(values, (value) => value * scale),
        [period],
      );
    const product = builder.mul(net.units(x!, [net.sizeOf(x!) / period, period]), per(factor!));
    net.finish(output, builder.add(product, per(offset!)), low, high);
  },
);
