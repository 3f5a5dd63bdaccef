import { clamp } from './rounding.ts';

const f = Math.fround;

/** Where the quotient reaches 1. */
const reach = f(6.297);

/**
 * tanh as the ninth convergent of Lambert's continued fraction x / (1 + x^2 / (3 + x^2 / (5 + ...)))
 * (https://dlmf.nist.gov/4.39), within 7e-6; f32 throughout, in the order of runtime-as/kernels/quotient.ts.
 */
export function tanh(value: number): number {
  const x = clamp(value, -reach, reach);
  const y = f(x * x);
  const over = f(x * horner(y, [1, 990, 135_135, 4_729_725, 34_459_425]));
  return f(over / horner(y, [45, 13_860, 945_945, 16_216_200, 34_459_425]));
}

/** (1 + tanh(x / 2)) / 2, within 4e-6. */
export const sigmoid = (value: number): number => f(f(f(0.5) * tanh(f(value * f(0.5)))) + f(0.5));

const horner = (y: number, coefficients: readonly number[]): number =>
  coefficients.reduce((sum, coefficient) => f(f(sum * y) + f(coefficient)));
