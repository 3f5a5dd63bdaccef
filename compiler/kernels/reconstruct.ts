import { defineKernel, float, padded } from './define.ts';
import { accumulate, accumulateCall, packMatmul, requantizeOperands } from './matmul.ts';
import { clamp } from './rounding.ts';

export const reconstruct = defineKernel<'reconstruct'>({
  reference: ({ low, high }, [x], [w, bias, multiplier]) =>
    Float32Array.from(accumulate(x!, w!, bias!), (sum, o) => clamp(Math.fround(Math.fround(sum) * multiplier![o]!), low, high)),
  pack: ([w, bias, multiplier], target) => packMatmul(w!, bias!.values, multiplier!.values, target),
  scratchBytes: (size) => 4 * padded(size),
  emit: ({ low, high }, place) => [
    accumulateCall(place),
    {
      module: 'requantize',
      name: 'dequantize_i32_f32',
      args: [...requantizeOperands(place), float(low), float(high)],
    },
  ],
});
