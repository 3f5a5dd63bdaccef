import { defineLowering } from './define.ts';

export const gather = defineLowering<'gather'>(({ outer, extent, run }, { inputs: [x], constants: [indices], output }, net) => {
  const rows = net.builder.gather(net.read(x!, [outer, extent, run]), net.integers(indices!, [indices!.length]), { axis: 2 });
  net.put(output, rows);
});
