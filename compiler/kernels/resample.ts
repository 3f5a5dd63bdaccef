import { bytesOf, defineKernel, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const resample = defineKernel<'resample'>({
  reference: ({ extent, count, taps, run, low, high }, [x], [indices, weights], size) =>
    Int16Array.from({ length: size }, (_, at) => {
      const [outer, j, r] = [Math.floor(at / (count * run)), Math.floor(at / run) % count, at % run];
      let sum = 0;
      for (let t = j * taps; t < (j + 1) * taps; t++) {
        sum = Math.fround(sum + Math.fround(weights![t]! * x![(outer * extent + indices![t]!) * run + r]!));
      }
      return roundHalfEven(clamp(sum, low, high));
    }),
  pack: (constants) => constants.map(({ values }) => bytesOf(values)),
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ outer, extent, count, taps, run, low, high }, { inputs, output, constants }) => [
    {
      module: 'kernels/rows',
      name: 'resample',
      args: [
        ...[inputs[0]!.address, output.address, ...constants, outer, extent, count, taps, run].map(String),
        ...[low, high].map(float),
      ],
    },
  ],
});
