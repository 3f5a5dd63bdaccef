import { quantile } from '../../../runtime-js/artifact/quantile.ts';
import type { ThresholdMethod } from './define.ts';

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
