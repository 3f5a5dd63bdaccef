import type { Manifest } from '../runtime-js/artifact/manifest.ts';

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** How a threshold was found, and when it makes an alarm. */
export function describeThreshold({
  method,
  parameter,
  calibrationWindows: n,
  falseAlarmRate,
  labelled,
  alarm,
}: Manifest['score']): string {
  const found = {
    quantile: `quantile ${parameter} of the scores of ${n} normal windows`,
    sigma: `mean + ${parameter} standard deviations of the scores of ${n} normal windows`,
    pot: `the tail of the scores of ${n} normal windows, followed to a share of ${parameter}`,
    conformal: `conformal on ${n} held-out windows, at most ${percent(falseAlarmRate ?? 1)} false alarms`,
    'best-f1': `the best F1 (${labelled?.f1.toFixed(3)}) of ${n} labelled windows, ${labelled?.abnormal} of them abnormal; ${percent(falseAlarmRate ?? 0)} of the normal ones are above it`,
    fixed: 'given',
  }[method];
  const after = alarm.raise === 1 ? '' : `; alarm after ${alarm.raise} in a row`;
  return `${found}${after}${alarm.clear === 1 ? '' : `, off after ${alarm.clear}`}`;
}
