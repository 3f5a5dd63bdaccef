import { expect, test } from 'vitest';
import { correlation, median } from './statistics.ts';

test('the median of an odd number of times is the middle one, whatever their order', () => {
  expect(median([9, 1, 5])).toBe(5);
});

test('the median of an even number of times is the mean of the two middle ones', () => {
  expect(median([8, 1, 100, 4])).toBe(6);
});

test('a single outlier does not move the median', () => {
  expect(median([3, 3, 3, 3, 1e9])).toBe(3);
});

test('scores that rise together correlate 1, scores that fall against each other -1', () => {
  expect(correlation([1, 2, 4], [10, 20, 40])).toBeCloseTo(1, 12);
  expect(correlation([1, 2, 4], [-1, -2, -4])).toBeCloseTo(-1, 12);
});

test('scores that do not vary have no correlation, so that a check for one fails', () => {
  expect(correlation([1, 2, 3], [7, 7, 7]) > 0.99).toBe(false);
});
