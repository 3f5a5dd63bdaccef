import type { ThresholdMethod } from './define.ts';

/**
 * The quantile q in [0, 1] of values that are in any order, by linear interpolation between order statistics:
 * type 7 of Hyndman and Fan (1996), the default of NumPy and R.
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

/** Above all but a share 1 - q of the normal scores. */
export const byQuantile: ThresholdMethod = {
  parameter: { meaning: 'quantile of the normal scores', above: 0, upTo: 1, usual: 0.995 },
  find({ all }, q) {
    const needed = Math.ceil(1 / (1 - q));
    const isEnough = q === 1 || all.length >= needed;
    return {
      value: quantile(all, q),
      falseAlarmRate: 1 - q,
      windows: all.length,
      warning: isEnough
        ? null
        : `${all.length} windows are few for the ${q} quantile: it wants at least ${needed}. The threshold is close to the highest score seen.`,
    };
  },
};
