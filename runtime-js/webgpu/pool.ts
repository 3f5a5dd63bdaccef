import type { KernelOf } from '../artifact/kernel.ts';
import { defineShader } from './define.ts';
import { eachOf } from './each.ts';
import { bits } from './wgsl/float32.ts';

/** Means are clamped to what an i16 holds. */
const limit = 32_767;

export const pool = defineShader<'pool'>({
  lower: (kernel, operands) => {
    const { input, output, kernel: taps, strides, dilations, pads, channels, counted } = kernel;
    const inPadding = counted === null ? 'false' : `iy < ${input[0] + counted[0]} && ix < ${input[1] + counted[1]}`;
    return eachOf(
      operands,
      null,
      `fn value(window: u32, i: u32) -> i32 {
  let pixel = i / ${channels}u;
  let y = i32(pixel / ${output[1]}u) * ${strides[0]} - ${pads[0]};
  let x = i32(pixel % ${output[1]}u) * ${strides[1]} - ${pads[1]};
  var sum = 0;
  var peak = -32768;
  var count = 0;
  for (var ky = 0; ky < ${taps[0]}; ky++) {
    for (var kx = 0; kx < ${taps[1]}; kx++) {
      let iy = y + ky * ${dilations[0]};
      let ix = x + kx * ${dilations[1]};
      let inside = iy >= 0 && iy < ${input[0]} && ix >= 0 && ix < ${input[1]};
      if (inside || (${inPadding})) { count++; }
      if (!inside) { continue; }
      let tap = a_at(window, u32(iy * ${input[1]} + ix) * ${channels}u + i % ${channels}u);
      sum += tap;
      peak = max(peak, tap);
    }
  }
  ${endOf(kernel)}
}`,
    );
  },
});

function endOf({ fn, awayFrom }: KernelOf<'pool'>): string {
  if (fn === 'max') return 'return peak;';
  if (awayFrom === null) {
    return `return round_clamped(f_divide(f_from_integer(sum), f_from_integer(count)), ${bits(-limit)}, ${bits(limit)});`;
  }
  // Integers of WGSL divide towards 0.
  return `let q = sum + count * (${awayFrom});
  return (q + sign(q) * (count / 2)) / count - (${awayFrom});`;
}
