import type { Observer } from './define.ts';

const bins = 8192;

/**
 * The range that keeps `percentile` percent of the values: half of the rest is clipped at each end, so that single outliers
 * do not coarsen all other values. A histogram over [-limit, limit] of fixed memory; the limit doubles when a value lies
 * beyond it, and pairs of bins merge.
 */
export function percentile(percent: number): Observer {
  let limit = 2 ** -20;
  let counts = new Float64Array(bins);
  let total = 0;
  let min = Infinity;
  let max = -Infinity;

  const widenTo = (magnitude: number): void => {
    while (magnitude >= limit) {
      const merged = new Float64Array(bins);
      for (let bin = 0; bin < bins; bin++) merged[bins / 4 + (bin >> 1)]! += counts[bin]!;
      counts = merged;
      limit *= 2;
    }
  };
  return {
    observe(values) {
      for (const value of values) {
        widenTo(Math.abs(value));
        counts[Math.floor(((value + limit) / (2 * limit)) * bins)]! += 1;
        total++;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    },
    range() {
      const clipped = (total * (1 - percent / 100)) / 2;
      const binWidth = (2 * limit) / bins;
      const lowest = firstBinBeyond(counts, clipped);
      const highest = bins - 1 - firstBinBeyond(counts.toReversed(), clipped);
      return { min: Math.max(min, -limit + lowest * binWidth), max: Math.min(max, -limit + (highest + 1) * binWidth) };
    },
  };
}

/** The first bin at which the running count exceeds `clipped`. */
function firstBinBeyond(counts: Float64Array, clipped: number): number {
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > clipped);
}
