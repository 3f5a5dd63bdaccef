import { defineKernel, float } from './define.ts';

export const dequantize = defineKernel<'dequantize'>({
  reference: ({ scale }, [x]) => Float32Array.from(x!, (value) => Math.fround(value * scale)),
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ scale }, { inputs, output }) => [
    {
      module: 'kernels/quantize',
      name: 'dequantize_i16_f32',
      args: [`${inputs[0]!.address}`, `${output.address}`, `${output.size}`, float(scale)],
    },
  ],
});
