import { expect, test } from 'vitest';
import { usageOf } from '../../../compiler/report/latent.ts';

const codes = (rows: readonly (readonly number[])[]): Float64Array[] => rows.map((row) => Float64Array.from(row));

test('codes on a line use one direction, whatever units it goes through', () => {
  const { variances, dead, effective } = usageOf(
    codes([
      [1, 2, 5],
      [2, 4, 5],
      [3, 6, 5],
    ]),
  );
  expect(variances.map((variance) => Number(variance.toFixed(9)))).toEqual([0.666666667, 2.666666667, 0]);
  expect(dead).toBe(1);
  expect(effective).toBeCloseTo(1, 12);
});

test('two directions that vary alike and do not go together are two', () => {
  expect(
    usageOf(
      codes([
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ]),
    ).effective,
  ).toBeCloseTo(2, 12);
});

test('of variances 4 and 1 it is (4 + 1)^2 / (16 + 1)', () => {
  expect(
    usageOf(
      codes([
        [2, 1],
        [2, -1],
        [-2, 1],
        [-2, -1],
      ]),
    ).effective,
  ).toBeCloseTo(25 / 17, 12);
});

test('codes that are all the same use nothing', () => {
  expect(
    usageOf(
      codes([
        [3, 4],
        [3, 4],
      ]),
    ),
  ).toEqual({ size: 2, variances: [0, 0], dead: 2, effective: 0 });
});
