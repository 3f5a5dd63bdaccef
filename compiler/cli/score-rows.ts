import type { DriftWatch } from '../../runtime-js/drift.ts';
import type { Contribution } from '../../runtime-js/contributions.ts';
import { formatFloat32 } from './output.ts';

/** One line of what `score` writes. */
export interface ScoreRow {
  readonly index: number;
  /** Seconds; null: the data has no time. */
  readonly time: number | null;
  /** null: the window holds what a sensor did not give. */
  readonly score: number | null;
  /** The adaptive threshold; null: nobody asked. */
  readonly threshold: number | null;
  readonly alarm: boolean;
  /** null: nobody asked. */
  readonly why: readonly Contribution[] | null;
}

/** Names of the columns; of some that are there only if they are wanted. */
export const csvHeader = (wanted: { readonly time: boolean; readonly threshold: boolean; readonly why: boolean }): string =>
  (['index', 'time', 'score', 'threshold', 'alarm', 'why'] as const)
    .filter((name) => name === 'index' || name === 'score' || name === 'alarm' || wanted[name])
    .join(',');

export function csvRow({ index, time, score, threshold, alarm, why }: ScoreRow): string {
  return [
    index,
    ...(time === null ? [] : [formatTime(time)]),
    score === null ? '' : formatFloat32(score),
    ...(threshold === null ? [] : [formatFloat32(Math.fround(threshold))]),
    alarm ? 1 : 0,
    ...(why === null
      ? []
      : [quoted(score === null ? '' : why.map(({ channel, share }) => `${channel} ${percent(share)}`).join('; '))]),
  ].join(',');
}

export const jsonRow = ({ index, time, score, threshold, alarm, why }: ScoreRow): string =>
  JSON.stringify({
    index,
    ...(time === null ? {} : { time: formatTime(time) }),
    score: score === null ? null : Number(formatFloat32(score)),
    ...(threshold === null ? {} : { threshold: Number(formatFloat32(Math.fround(threshold))) }),
    alarm,
    ...(why === null || score === null ? {} : { why }),
  });

const percent = (share: number): string => `${Math.round(100 * share)}%`;

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** ISO 8601 of what is a date; a time since the start of a recording stays a number. */
const formatTime = (seconds: number): string | number =>
  seconds < 1e8 ? seconds : new Date(Math.round(seconds * 1000)).toISOString();

/** What to say when the level of the scores has changed; null: it has not. */
export function driftNote(watch: DriftWatch, score: number, index: number): string | null {
  const drift = watch.look(score);
  if (drift === null) return null;
  return `drift: scores are ${drift.direction === 'up' ? 'higher' : 'lower'} than those of the normal data since about row ${index - drift.since + 1}`;
}
