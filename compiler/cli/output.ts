import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import { createColors } from 'picocolors';
import { SingleBar } from 'cli-progress';
import type { OnProgress } from '../progress.ts';

/** Colours where the stream is a terminal that wants them (https://no-color.org). */
const coloursOf = ({ isTTY }: { readonly isTTY?: boolean }) => createColors(isTTY === true && !process.env['NO_COLOR']);

/** For what `print` writes; the two streams often go to different places. */
export const colours = coloursOf(process.stdout);

/** For what `note` writes. */
export const noteColours = coloursOf(process.stderr);

/** Results: standard output. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Progress, notes and errors: standard error. */
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** A value and its label, aligned. */
export const row = (label: string, value: string): string => `  ${label.padEnd(14)}${value}`;

export function formatBytes(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  return bytes < 10_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Four significant digits, without an exponent where that is readable. */
export const formatNumber = (value: number): string => String(Number(value.toPrecision(4)));

/** The shortest decimal that reads back as the same f32. */
export function formatFloat32(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

const patienceMs = 1000;

/** A bar on standard error for what takes over a second; nothing where that is not a terminal. Call `stop` at the end. */
export function progressBar(): { readonly onProgress: OnProgress; readonly stop: () => void } {
  const started = performance.now();
  let bar: SingleBar | null = null;
  return {
    onProgress: ({ stage, done, total }) => {
      if (process.stderr.isTTY !== true || performance.now() - started < patienceMs) return;
      if (bar === null) {
        bar = new SingleBar({
          format: '  {stage} [{bar}] {value}/{total}',
          stream: process.stderr,
          clearOnComplete: true,
          hideCursor: true,
        });
        bar.start(total, done, { stage: stage.padEnd(10) });
      }
      bar.setTotal(total);
      bar.update(done, { stage: stage.padEnd(10) });
    },
    stop: () => bar?.stop(),
  };
}

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
