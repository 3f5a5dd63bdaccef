import type { ThresholdMethod } from './define.ts';

/**
 * Split conformal (Vovk, Gammerman and Shafer 2005; Laxhammar 2014 for anomaly detection): the ceil((n + 1) (1 - alpha))-th smallest of n
 * held-out scores. A new normal window is above it with a probability of at most alpha, whatever the distribution of the scores, if it and
 * the held-out ones could as well have come in another order. Windows that overlap are not quite so: take a hop of a window's length.
 */
export const byConformal: ThresholdMethod = {
  parameter: { meaning: 'share of false alarms that is not exceeded', above: 0, upTo: 0.5, usual: 0.01 },
  find({ heldOut }, alpha) {
    const sorted = Float64Array.from(heldOut).toSorted();
    const n = sorted.length;
    // Rounding of (n + 1) (1 - alpha) must not push it over a whole number.
    const rank = Math.ceil((n + 1) * (1 - alpha) - 1e-9);
    const needed = Math.ceil(1 / alpha) - 1;
    return {
      value: sorted[Math.min(rank, n) - 1]!,
      falseAlarmRate: rank <= n ? alpha : 1 / (n + 1),
      windows: n,
      warning:
        rank <= n
          ? null
          : `${n} held-out windows promise a false-alarm rate of ${(1 / (n + 1)).toPrecision(2)} at best; ${alpha} needs ${needed}. The threshold is the highest held-out score: record some ${5 * needed} normal windows.`,
    };
  },
};
