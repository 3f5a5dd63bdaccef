import type { Observer } from './define.ts';
import { Histogram } from './histogram.ts';
import { leastCost } from './shrink.ts';

/** Values that an int8 activation can have. */
const levels = 256;

/**
 * The range whose int8 histogram tells most of the values' own: the least Kullback-Leibler divergence of what is seen, clipped to the
 * range, from the same with 256 levels (Migacz, "8-bit inference with TensorRT", GTC 2017, for a range with two ends). Ranges of fewer
 * than two bins per level lose nothing that the histogram could show and are left as they are.
 */
export function entropy(): Observer {
  const histogram = new Histogram();
  return {
    observe: (values) => histogram.add(values),
    range: () =>
      leastCost(histogram, ({ min, max }) => {
        const first = Math.max(0, Math.floor((min - histogram.edge(0)) / histogram.binWidth));
        const end = Math.min(histogram.counts.length, Math.ceil((max - histogram.edge(0)) / histogram.binWidth));
        return end - first < 2 * levels ? Infinity : divergence(histogram, first, end);
      }),
  };
}

/** KL(P || Q) of the bins from `first` to before `end`: P with all that lies beyond in its outermost bins, Q in levels. */
function divergence({ counts, total }: Histogram, first: number, end: number): number {
  const clipped = counts.slice(first, end);
  const inside = clipped.slice();
  for (let bin = 0; bin < first; bin++) clipped[0]! += counts[bin]!;
  for (let bin = end; bin < counts.length; bin++) clipped[clipped.length - 1]! += counts[bin]!;
  const perLevel = clipped.length / levels;
  const kept = inside.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (let level = 0; level < levels; level++) {
    const [from, to] = [Math.round(level * perLevel), Math.round((level + 1) * perLevel)];
    let [mass, filled] = [0, 0];
    for (let bin = from; bin < to; bin++) {
      mass += inside[bin]!;
      if (clipped[bin]! > 0) filled++;
    }
    // A level gives its mass to the bins in which anything was seen, in equal parts.
    const q = Math.max(mass / filled / kept, 1e-12);
    for (let bin = from; bin < to; bin++) {
      const p = clipped[bin]! / total;
      if (p > 0) sum += p * Math.log(p / q);
    }
  }
  return sum;
}
