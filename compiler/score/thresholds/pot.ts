import type { ThresholdMethod } from './define.ts';
import { fitPareto } from './pareto.ts';
import { quantile } from './quantile.ts';

/** Scores above this quantile are the tail (Siffer et al. 2017, SPOT). */
const tail = 0.98;
const leastExcesses = 20;
/** Beyond these a fit says more of single scores than of the tail. */
const [leastShape, greatestShape] = [-0.5, 0.5];

/**
 * Peaks over threshold: the tail of the normal scores, as a generalised Pareto distribution, is followed to where a share `risk` of all
 * scores remains: t + scale / shape ((risk n / excesses)^-shape - 1) (Siffer et al., "Anomaly detection in streams with extreme value
 * theory", KDD 2017, equation 1). It goes on beyond the highest score seen. Where there is no tail to fit, the quantile 1 - risk is taken,
 * and a warning says so.
 */
export const byPeaks: ThresholdMethod = {
  parameter: { meaning: 'share of false alarms', above: 0, upTo: 0.02, usual: 0.0001 },
  find({ all }, risk) {
    const start = quantile(all, tail);
    const excesses = Array.from(all)
      .filter((score) => score > start)
      .map((score) => score - start);
    const found = { falseAlarmRate: risk, windows: all.length };
    const fallBack = (why: string) => ({
      ...found,
      value: quantile(all, 1 - risk),
      warning: `peaks over threshold: ${why}; the threshold is the ${1 - risk} quantile instead.`,
    });
    if (excesses.length < leastExcesses) {
      return fallBack(
        `${excesses.length} scores above the ${tail} quantile are too few for a tail, which wants ${leastExcesses}`,
      );
    }
    const { shape, scale } = fitPareto(excesses);
    if (!(shape > leastShape && shape < greatestShape && scale > 0)) {
      return fallBack(
        `the fitted tail is not plausible (shape ${shape.toPrecision(3)}, expected ${leastShape} to ${greatestShape})`,
      );
    }
    const ratio = (risk * all.length) / excesses.length;
    const beyond = Math.abs(shape) < 1e-9 ? -scale * Math.log(ratio) : (scale / shape) * (ratio ** -shape - 1);
    return { ...found, value: start + beyond, warning: null };
  },
};
