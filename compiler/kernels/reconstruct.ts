import { defineKernel, float } from './define.ts';
import { accumulate, accumulateCall, matmulScratchBytes, packMatmul, requantizeOperands } from './matmul.ts';
import { clamp } from './rounding.ts';

export const reconstruct = defineKernel<'reconstruct'>({
  reference: ({ low, high }, [x], [w, bias, multiplier]) =>
    Float32Array.from(accumulate(x!, w!, bias!), (sum, o) => clamp(Math.fround(Math.fround(sum) * multiplier![o]!), low, high)),
  pack: ([w, bias, multiplier], target) => packMatmul(w!, bias!.values, multiplier!.values, target),
  inPlace: false,
  scratchBytes: matmulScratchBytes,
  emit: ({ sparse, low, high }, place) => [
    accumulateCall(sparse, place),
    {
      module: 'requantize',
      name: 'dequantize_i32_f32',
      args: [...requantizeOperands(place), float(low), float(high)],
    },
  ],
});
