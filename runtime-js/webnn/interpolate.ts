import { defineLowering } from './define.ts';

export const interpolate = defineLowering<'interpolate'>(
  ({ start, inverseStep, low, high }, { inputs: [x], constants: [table], output }, net) => {
    const { builder } = net;
    const segments = table!.length - 1;
    const t = net.times(builder.sub(net.read(x!), net.constant([start])), inverseStep);
    const index = builder.floor(net.clamp(t, 0, segments - 1));
    const place = builder.cast(index, 'int32');
    const lookUp = (values: Float64Array) => builder.gather(net.constant(values, [segments]), place, { axis: 0 });
    const left = lookUp(Float64Array.from({ length: segments }, (_, i) => table![i]!));
    const rise = lookUp(Float64Array.from({ length: segments }, (_, i) => table![i + 1]! - table![i]!));
    net.put(output, net.clamp(builder.add(left, builder.mul(builder.sub(t, index), rise)), low, high));
  },
);
