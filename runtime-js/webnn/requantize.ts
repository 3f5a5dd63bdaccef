import { defineLowering } from './define.ts';

/** In f32 instead of fixed point: within one unit. */
export const requantize = defineLowering<'requantize'>(
  ({ channels, low, high }, { inputs: [acc], constants: [mantissa, shift], output }, net) => {
    const factor = Float64Array.from(
      { length: channels },
      (_, channel) => mantissa![channel]! * 2 ** (shift![channel]! - 31) * net.scaleOf(output),
    );
    const rows = net.read(acc!, [net.sizeOf(acc!) / channels, channels]);
    net.finish(output, net.builder.mul(rows, net.constant(factor, [channels])), low, high);
  },
);
