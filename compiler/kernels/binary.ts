import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import { defineKernel, float } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

type BinaryFunction = KernelOf<'binary'>['fn'];

/** In the order of the codes that runtime-as/kernels/binary.ts takes. Each result is rounded to f32. */
const functions: Readonly<Record<BinaryFunction, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: (a, b) => (a > b ? a : b),
  min: (a, b) => (a < b ? a : b),
};

export const binary = defineKernel<'binary'>({
  reference: ({ fn, scaleA, scaleB, inverseScale, low, high }, [a, b]) =>
    Int16Array.from(a!, (value, i) => {
      const result = Math.fround(functions[fn](Math.fround(value * scaleA), Math.fround(b![i]! * scaleB)));
      return roundHalfEven(clamp(Math.fround(result * inverseScale), low, high));
    }),
  pack: () => [],
  inPlace: true,
  scratchBytes: () => 0,
  emit: ({ fn, scaleA, scaleB, inverseScale, low, high }, { inputs, output }) => [
    {
      module: 'kernels/binary',
      name: 'binary_i16',
      args: [
        ...[inputs[0]!.address, inputs[1]!.address, output.address, padded(output.size), Object.keys(functions).indexOf(fn)].map(
          String,
        ),
        ...[scaleA, scaleB, inverseScale, low, high].map(float),
      ],
    },
  ],
});
