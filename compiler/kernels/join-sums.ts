import { defineKernel, float, padConstant } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

/** How much more an upper part counts than a lower one: int16 weights are base * upper + lower, both int8. */
export const wideWeightBase = 254;

const f = Math.fround;

export const joinSums = defineKernel<'joinSums'>({
  reference: ({ result, low, high }, [upper, lower], [multiplier]) => {
    const real = (sum: number, i: number): number => {
      const joined = f(f(f(sum) * wideWeightBase) + f(lower![i]!));
      return clamp(f(joined * multiplier![i % multiplier!.length]!), low, high);
    };
    return result === 'f32' ? Float32Array.from(upper!, real) : Int16Array.from(upper!, (sum, i) => roundHalfEven(real(sum, i)));
  },
  pack: (constants) => constants.map(({ values }) => padConstant(values)),
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ result, period, low, high }, { inputs, constants, output }) => [
    {
      module: 'kernels/join-sums',
      name: result === 'f32' ? 'join_sums_f32' : 'join_sums_i16',
      args: [
        ...[inputs[0]!.address, inputs[1]!.address, output.address, output.size, constants[0]!, period].map(String),
        float(low),
        float(high),
      ],
    },
  ],
});
