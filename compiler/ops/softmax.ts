import { defineOp, f32 } from './define.ts';

/**
 * exp(x - max) / sum(exp(x - max)) along the last axis. A row of minus infinities gives zeros, as attention wants of a query
 * that sees no key (https://onnx.ai/onnx/operators/onnx__Attention.html).
 */
export const softmax = defineOp<object>({
  infer: (_, [x]) => f32(x!.shape),
  evaluate: (_, [x], shape) => {
    const columns = shape.at(-1) ?? 1;
    const data = new Float32Array(x!.data.length);
    for (let start = 0; start < data.length; start += columns) {
      const row = Array.from(x!.data.subarray(start, start + columns));
      const peak = row.reduce((max, value) => Math.max(max, value), -Infinity);
      if (peak === -Infinity) continue;
      const powers = row.map((value) => Math.exp(value - peak));
      const sum = powers.reduce((total, power) => total + power, 0);
      powers.forEach((power, i) => (data[start + i] = power / sum));
    }
    return { shape, data };
  },
});
