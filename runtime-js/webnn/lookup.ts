import { defineLowering } from './define.ts';

export const lookup = defineLowering<'lookup'>(({ first }, { inputs: [x], constants: [table], output }, net) => {
  const { builder } = net;
  const place = builder.cast(builder.roundEven(builder.sub(net.units(x!), net.constant([first]))), 'int32');
  const values = net.constant(
    Float64Array.from(table!, (value) => value * net.scaleOf(output)),
    [table!.length],
  );
  net.put(output, builder.gather(values, place, { axis: 0 }));
});
