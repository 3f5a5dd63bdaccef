import { clamp } from './rounding.ts';

const f = Math.fround;

/** Up to here the quotient is at most 1, also as it is rounded: at 6.289 it begins to go beyond. */
const reach = f(6.28);
const over = [1, 990, 135_135, 4_729_725, 34_459_425] as const;
const under = [45, 13_860, 945_945, 16_216_200, 34_459_425] as const;

/**
 * tanh as the ninth convergent of Lambert's continued fraction x / (1 + x^2 / (3 + x^2 / (5 + ...)))
 * (https://dlmf.nist.gov/4.39), within 7e-6; f32 throughout, in the order of runtime-as/kernels/quotient.ts.
 */
export function tanh(value: number): number {
  const x = clamp(value, -reach, reach);
  const y = f(x * x);
  return f(f(x * polynomial(y, over)) / polynomial(y, under));
}

/** (1 + tanh(x / 2)) / 2, within 4e-6. */
export const sigmoid = (value: number): number => f(f(f(0.5) * tanh(f(value * f(0.5)))) + f(0.5));

/** a y^4 + b y^3 + c y^2 + d y + e in pairs, so that few operations wait for each other. */
function polynomial(y: number, [a, b, c, d, e]: readonly [number, number, number, number, number]): number {
  const z = f(y * y);
  const high = f(f(a * z) + f(f(b * y) + c));
  return f(f(high * z) + f(f(d * y) + f(e)));
}

/** What runtime-as/kernels/quotient.ts reads, each four times. The last coefficient is that of both polynomials. */
export const vectorsOfCoefficients = Float32Array.from(
  [-reach, reach, ...over.slice(1), ...under.slice(0, -1), 0.5].flatMap((value) => [value, value, value, value]),
);
