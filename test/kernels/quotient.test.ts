import { expect, test } from 'vitest';
import { sigmoid, tanh } from '../../compiler/kernels/quotient.ts';

const f = Math.fround;
/** From far below to far above where both are flat, in steps that no coefficient shares. */
const places = Array.from({ length: 40_001 }, (_, i) => f(-10 + i * 0.000_500_013));

test.each([
  ['tanh', tanh, Math.tanh, 7e-6],
  ['sigmoid', sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), 4e-6],
] as const)('%s as a quotient is as near as it says, and never turns back', (_, quotient, exact, bound) => {
  const values = places.map(quotient);
  expect(Math.max(...values.map((value, i) => Math.abs(value - exact(places[i]!))))).toBeLessThan(bound);
  // A quotient of two sums of positive values, each rounded nine times by at most 2^-24 of itself.
  const falls = values.filter((value, i) => i > 0 && value < values[i - 1]! - 18 * 2 ** -24);
  expect(falls).toEqual([]);
});

test('however far away, tanh is within -1 and 1 and a gate within 0 and 1; zero is zero', () => {
  for (const x of [...places, -1e30, 1e30, Number.NaN]) {
    expect(Math.abs(tanh(x))).toBeLessThanOrEqual(1);
    expect(Math.abs(sigmoid(x) - 0.5)).toBeLessThanOrEqual(0.5);
  }
  expect([tanh(0), sigmoid(0)]).toEqual([0, 0.5]);
});
