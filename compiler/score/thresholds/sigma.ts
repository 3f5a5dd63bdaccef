import type { ThresholdMethod } from './define.ts';

/** Mean + k standard deviations (n - 1) of the normal scores: simple and widely used, but scores are seldom normally distributed. */
export const bySigma: ThresholdMethod = {
  parameter: { meaning: 'standard deviations above the mean', above: 0, upTo: 100, usual: 3 },
  find({ all }, k) {
    const values = Array.from(all);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return { value: mean + k * Math.sqrt(variance), falseAlarmRate: null, windows: values.length, warning: null };
  },
};
