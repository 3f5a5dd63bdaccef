import { nextAlarm, noAlarm } from '../../runtime-js/artifact/alarm.ts';
import { quantile } from '../../runtime-js/artifact/quantile.ts';
import { eventQuality, runsOf } from './alarms.ts';

/** Scores of windows, one recording, and a label per window (1: abnormal; null: nobody says, so all are taken as normal). */
export interface ScoredRecording {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number> | null;
}

/** A threshold with a debounce, and what they would have done. */
export interface OperatingPoint {
  readonly threshold: number;
  /** Scores in a row before an alarm. */
  readonly raise: number;
  /** Runs of alarms that touch no abnormal event. */
  readonly falseAlarms: number;
  /** Of events that are found, windows from their beginning to the alarm, on average; null: none was found, or there are no labels. */
  readonly delay: number | null;
  readonly found: number;
  readonly events: number;
}

const debounces = [1, 2, 3, 5, 10];
/** Quantiles of all scores that are tried as thresholds, towards the highest ever closer. */
const quantiles = [0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1];

/** What each threshold and debounce would have done, the fewest false alarms first; of those that are beaten in all respects, none. */
export function operatingPoints(recordings: readonly ScoredRecording[]): OperatingPoint[] {
  const all = recordings.flatMap(({ scores }) => Array.from(scores));
  const thresholds = [...new Set(quantiles.map((q) => Math.fround(quantile(all, q))))];
  const tried = thresholds.flatMap((threshold) => debounces.map((raise) => tryOut(recordings, threshold, raise)));
  const isBeaten = (one: OperatingPoint): boolean => tried.some((other) => other !== one && beats(other, one));
  return tried
    .filter((one) => !isBeaten(one))
    .toSorted((a, b) => a.falseAlarms - b.falseAlarms || b.found - a.found || a.raise - b.raise || b.threshold - a.threshold)
    .filter((one, i, sorted) => i === 0 || !isSame(sorted[i - 1]!, one));
}

function tryOut(recordings: readonly ScoredRecording[], threshold: number, raise: number): OperatingPoint {
  let [falseAlarms, found, events, delays] = [0, 0, 0, 0];
  for (const { scores, labels } of recordings) {
    let state = noAlarm;
    const rule = { threshold, alarm: { raise, clear: 1, clearAt: threshold } };
    const alarms = Array.from(scores, (score) => (state = nextAlarm(state, score, rule)).on);
    const quality = eventQuality(alarms, labels ?? new Uint8Array(alarms.length));
    falseAlarms += quality.falseAlarms;
    found += quality.found;
    events += quality.events;
    delays += (quality.delay ?? 0) * quality.found;
  }
  return { threshold, raise, falseAlarms, found, events, delay: found === 0 ? null : delays / found };
}

/** At least as good in all respects, and better in one; without labels, the lower threshold and the shorter debounce see more. */
function beats(a: OperatingPoint, b: OperatingPoint): boolean {
  const noWorse = a.falseAlarms <= b.falseAlarms && a.found >= b.found && late(a) <= late(b);
  if (a.events > 0) return noWorse && (a.falseAlarms < b.falseAlarms || a.found > b.found || late(a) < late(b));
  const seesMore = a.threshold <= b.threshold && a.raise <= b.raise;
  return noWorse && seesMore && (a.threshold < b.threshold || a.raise < b.raise);
}

const late = ({ delay }: OperatingPoint): number => delay ?? Infinity;

const isSame = (a: OperatingPoint, b: OperatingPoint): boolean =>
  a.events > 0 && a.falseAlarms === b.falseAlarms && a.found === b.found && a.delay === b.delay;

/** Windows that are normal, for rates. */
export const normalWindows = (recordings: readonly ScoredRecording[]): number =>
  recordings.reduce(
    (sum, { scores, labels }) =>
      sum + scores.length - (labels === null ? 0 : runsOf(labels).reduce((part, [start, end]) => part + end - start, 0)),
    0,
  );
