import { defineLowering } from './define.ts';

/** Each tap gathers its values and weighs them. */
export const resample = defineLowering<'resample'>(
  ({ outer, extent, count, taps, run, low, high }, { inputs: [x], constants: [indices, weights], output }, net) => {
    const { builder } = net;
    const values = net.units(x!, [outer, extent, run]);
    const tapOf = (tap: number) => {
      const own = Int32Array.from({ length: count }, (_, j) => indices![j * taps + tap]!);
      const weight = Float64Array.from({ length: count }, (_, j) => weights![j * taps + tap]! * net.scaleOf(output));
      const gathered = builder.gather(values, net.integers(own, [count]), { axis: 2 });
      return builder.mul(gathered, net.constant(weight, [count, 1]));
    };
    const all = Array.from({ length: taps }, (_, tap) => tapOf(tap));
    net.finish(
      output,
      all.reduce((sum, term) => builder.add(sum, term)),
      low,
      high,
    );
  },
);
