import type { Manifest } from '../runtime-js/artifact/manifest.ts';

/** How a threshold was found, and when it makes an alarm. */
export function describeThreshold({
  method,
  parameter,
  calibrationWindows: n,
  falseAlarmRate,
  alarm,
}: Manifest['score']): string {
  const found = {
    quantile: `quantile ${parameter} of the scores of ${n} normal windows`,
    sigma: `mean + ${parameter} standard deviations of the scores of ${n} normal windows`,
    pot: `the tail of the scores of ${n} normal windows, followed to a share of ${parameter}`,
    conformal: `conformal on ${n} held-out windows, at most ${(100 * (falseAlarmRate ?? parameter)).toPrecision(2)} % false alarms`,
    fixed: 'given',
  }[method];
  const after = alarm.raise === 1 ? '' : `; alarm after ${alarm.raise} in a row`;
  return `${found}${after}${alarm.clear === 1 ? '' : `, off after ${alarm.clear}`}`;
}
