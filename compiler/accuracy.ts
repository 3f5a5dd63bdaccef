import type { Manifest } from '../runtime-js/artifact/manifest.ts';

/** int8 scores beside the float model's on the same windows. Both have at least one value. */
export function compareScores(float: ArrayLike<number>, int8: ArrayLike<number>): ScoreAccuracy {
  const windows = float.length;
  let relative = 0;
  let maxDifference = 0;
  for (let i = 0; i < windows; i++) {
    const difference = Math.abs(int8[i]! - float[i]!);
    relative += float[i] === 0 ? (difference === 0 ? 0 : 1) : difference / Math.abs(float[i]!);
    maxDifference = Math.max(maxDifference, difference);
  }
  return {
    windows,
    meanFloat: mean(float),
    meanInt8: mean(int8),
    correlation: correlation(float, int8),
    rankCorrelation: correlation(ranks(float), ranks(int8)),
    meanRelativeError: relative / windows,
    maxDifference,
  };
}

/** What the scores alone tell of an artifact's accuracy. */
export type ScoreAccuracy = Omit<Manifest['accuracy'], 'decibels'>;

/** Power of what the float model gives over the power of what the integers differ by, value by value. */
export class SignalToNoise {
  #signal = 0;
  #noise = 0;

  add(float: Float32Array, integer: Float32Array): void {
    for (let i = 0; i < float.length; i++) {
      this.#signal += float[i]! ** 2;
      this.#noise += (float[i]! - integer[i]!) ** 2;
    }
  }

  get decibels(): number {
    return decibelsOf(this.#signal, this.#noise);
  }
}

/** A ratio of powers in dB; at most 200, which is said of two that are the same. */
export const decibelsOf = (signal: number, noise: number): number => Math.min(200, 10 * Math.log10(signal / noise)) || 0;

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Standard deviation of the population. */
export function deviation(values: ArrayLike<number>): number {
  const middle = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - middle) ** 2;
  return Math.sqrt(sum / values.length);
}

/** Place of each value in their order, from 0; equal ones share the mean of theirs. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).toSorted((a, b) => values[a]! - values[b]!);
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let i = first; i < end; i++) result[order[i]!] = (first + end - 1) / 2;
    first = end;
  }
  return result;
}

/** Pearson's r; 1 for two constant series, which agree as far as one can tell. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  return aa === 0 || bb === 0 ? 1 : Math.min(1, ab / Math.sqrt(aa * bb));
}
