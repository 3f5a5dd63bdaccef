import type { Observer } from './define.ts';
import { Histogram } from './histogram.ts';

/**
 * The range that keeps `percentile` percent of the values: half of the rest is clipped at each end, so that single outliers
 * do not coarsen all other values.
 */
export function percentile(percent: number): Observer {
  const histogram = new Histogram();
  return {
    observe: (values) => histogram.add(values),
    range() {
      const { counts, total, min, max } = histogram;
      const clipped = (total * (1 - percent / 100)) / 2;
      const lowest = firstBinBeyond(counts, clipped);
      const highest = counts.length - 1 - firstBinBeyond(counts.toReversed(), clipped);
      return { min: Math.max(min, histogram.edge(lowest)), max: Math.min(max, histogram.edge(highest + 1)) };
    },
  };
}

/** The first bin at which the running count exceeds `clipped`. */
function firstBinBeyond(counts: Float64Array, clipped: number): number {
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > clipped);
}
