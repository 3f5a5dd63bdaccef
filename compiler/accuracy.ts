import type { Manifest } from '../runtime-js/artifact/manifest.ts';

/** int8 scores beside the float model's on the same windows. Both have at least one value. */
export function compareScores(float: ArrayLike<number>, int8: ArrayLike<number>): Manifest['accuracy'] {
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
    meanRelativeError: relative / windows,
    maxDifference,
  };
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
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
