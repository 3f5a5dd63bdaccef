import { describe, expect, test } from 'vitest';
import { minmax } from '../../../compiler/calibrate/observers/minmax.ts';
import { percentile } from '../../../compiler/calibrate/observers/percentile.ts';
import { quantile } from '../../../runtime-js/artifact/quantile.ts';
import { ad01Windows } from '../../data.ts';

const windows = ad01Windows();
const sorted = Float64Array.from(windows.flatMap((window) => [...window])).toSorted();

test('min-max keeps every value of the recorded clip', () => {
  const observer = minmax();
  for (const window of windows) observer.observe(window);
  expect(observer.range()).toEqual({ min: sorted[0], max: sorted.at(-1) });
});

describe('percentile', () => {
  test.each([99.99, 99, 90])('%d keeps that share of the recorded clip, to a bin of its histogram', (percent) => {
    const observer = percentile(percent);
    for (const window of windows) observer.observe(window);
    const { min, max } = observer.range();
    const clipped = (100 - percent) / 200;
    // The histogram has 8192 bins over [-128, 128).
    expect(Math.abs(min - quantile(sorted, clipped))).toBeLessThan(2 * (256 / 8192) + 1e-9);
    expect(Math.abs(max - quantile(sorted, 1 - clipped))).toBeLessThan(2 * (256 / 8192) + 1e-9);
  });

  test('100 is min-max', () => {
    const observer = percentile(100);
    for (const window of windows) observer.observe(window);
    expect(observer.range()).toEqual({ min: sorted[0], max: sorted.at(-1) });
  });

  test('one outlier does not widen the range', () => {
    const observer = percentile(99);
    for (const window of windows) observer.observe(window);
    observer.observe(Float32Array.of(1e6));
    expect(observer.range().max).toBeLessThan(300);
  });
});

test.each([
  [0, 1],
  [0.25, 1.75],
  [0.5, 2.5],
  [1, 4],
])('the quantile %d of 3, 1, 4, 2 is %d, as numpy.quantile has it', (q, expected) => {
  expect(quantile([3, 1, 4, 2], q)).toBe(expected);
});
