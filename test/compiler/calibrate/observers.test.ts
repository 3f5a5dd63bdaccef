import { describe, expect, test } from 'vitest';
import type { Observer } from '../../../compiler/calibrate/observers/define.ts';
import { entropy } from '../../../compiler/calibrate/observers/entropy.ts';
import { minmax } from '../../../compiler/calibrate/observers/minmax.ts';
import { mse } from '../../../compiler/calibrate/observers/mse.ts';
import { percentile } from '../../../compiler/calibrate/observers/percentile.ts';
import { storedRange } from '../../../compiler/kernels/stored.ts';
import type { Bounds } from '../../../compiler/ops/calibrated.ts';
import { activationQuantization } from '../../../compiler/quantize/parameters.ts';
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

/** Mean squared error of values on the int8 grid of a range. */
function errorOf(seen: Float32Array, { min, max }: Bounds): number {
  const quantization = activationQuantization({ min, max, rms: 1 }, 'i8');
  const { low, high } = storedRange(quantization);
  const onGrid = (value: number): number =>
    Math.max(low, Math.min(high, Math.round(value / quantization.scale))) * quantization.scale;
  return seen.reduce((sum, value) => sum + (value - onGrid(value)) ** 2, 0) / seen.length;
}

const rangeOf = (observer: Observer, seen: Float32Array): Bounds => {
  observer.observe(seen);
  return observer.range();
};

describe('observers of int8', () => {
  const values = Float32Array.from(sorted);
  const withOutlier = new Float32Array(sorted.length + 1);
  withOutlier.set(sorted);
  withOutlier[sorted.length] = 4000;

  test.each([
    ['the recorded clip', values],
    ['the clip and an outlier', withOutlier],
  ])('mse: no other observer has a smaller squared error on %s', (_, seen) => {
    const error = errorOf(seen, rangeOf(mse(), seen));
    for (const other of [minmax(), percentile(99.9), percentile(99), entropy()]) {
      expect(error).toBeLessThanOrEqual(1.02 * errorOf(seen, rangeOf(other, seen)));
    }
  });

  test('entropy: an outlier is cut off, values that lie evenly are not', () => {
    expect(rangeOf(entropy(), withOutlier).max).toBeLessThan(1200);
    const even = Float32Array.from({ length: 20_000 }, (_, i) => i / 10_000 - 1);
    expect(rangeOf(entropy(), even)).toEqual({ min: -1, max: even.at(-1) });
  });

  test('a tensor that is always zero', () => {
    for (const observer of [mse(), entropy()]) {
      expect(rangeOf(observer, new Float32Array(100))).toEqual({ min: 0, max: 0 });
    }
  });
});
