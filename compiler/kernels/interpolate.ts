import { segmentsOfInterpolation } from '../../runtime-js/artifact/kernel.ts';
import { bytesOf, defineKernel, float } from './define.ts';
import { clamp } from './rounding.ts';

export const interpolate = defineKernel<'interpolate'>({
  reference: ({ start, inverseStep, low, high }, [x], [table]) => {
    const segments = table!.length - 1;
    return Float32Array.from(x!, (value) => {
      const t = Math.fround(Math.fround(value - start) * inverseStep);
      const index = Math.trunc(clamp(t, 0, segments - 1));
      const left = table![index]!;
      const rise = Math.fround(table![index + 1]! - left);
      return clamp(Math.fround(left + Math.fround(Math.fround(t - index) * rise)), low, high);
    });
  },
  pack: ([table]) => [bytesOf(table!.values)],
  inPlace: true,
  scratchBytes: () => 0,
  emit: ({ start, inverseStep, low, high }, { inputs, constants, output }) => [
    {
      module: 'kernels/interpolate',
      name: 'interpolate_f32',
      args: [
        ...[inputs[0]!.address, output.address, output.size, constants[0]].map(String),
        ...[segmentsOfInterpolation, start, inverseStep, low, high].map(float),
      ],
    },
  ],
});
