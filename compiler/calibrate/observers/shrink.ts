import type { Bounds } from '../../ops/calibrated.ts';
import type { Histogram } from './histogram.ts';

/** Shares of the range seen that are tried. */
const shares = Array.from({ length: 36 }, (_, i) => 1 - i / 40);

/**
 * Of the range seen and those within it, the one of the least cost. Zero stays in it, as it does in every int8 range; both ends shrink, first
 * together, then each by itself.
 */
export function leastCost({ min, max }: Histogram, costOf: (bounds: Bounds) => number): Bounds {
  const [low, high] = [Math.min(0, min), Math.max(0, max)];
  if (low === high) return { min, max };
  const best = (candidates: readonly Bounds[]): Bounds =>
    candidates
      .map((bounds) => ({ bounds, cost: costOf(bounds) }))
      .reduce((least, other) => (other.cost < least.cost ? other : least)).bounds;
  const together = best(shares.map((share) => ({ min: low * share, max: high * share })));
  const lower = best(shares.map((share) => ({ min: low * share, max: together.max })));
  return best(shares.map((share) => ({ min: lower.min, max: high * share })));
}
