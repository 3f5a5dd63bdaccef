/** Alarms beside labels, point by point; nothing is adjusted: a point counts as found only if it is in alarm itself. */
export interface AlarmQuality {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** False alarm rate: normal points in alarm, as a share of the normal points (SKAB's FAR). */
  readonly far: number;
  /** Missing alarm rate: abnormal points without alarm, as a share of the abnormal points (SKAB's MAR). */
  readonly mar: number;
}

export function alarmQuality(alarms: readonly boolean[], labels: ArrayLike<number>): AlarmQuality {
  const count = { hit: 0, missed: 0, falseAlarm: 0, quiet: 0 };
  alarms.forEach((alarm, i) => count[labels[i]! > 0 ? (alarm ? 'hit' : 'missed') : alarm ? 'falseAlarm' : 'quiet']++);
  const { hit, missed, falseAlarm, quiet } = count;
  return {
    precision: ratio(hit, hit + falseAlarm),
    recall: ratio(hit, hit + missed),
    f1: ratio(2 * hit, 2 * hit + falseAlarm + missed),
    far: ratio(falseAlarm, falseAlarm + quiet),
    mar: ratio(missed, hit + missed),
  };
}

/** Where an alarm goes on: one that lasts is one detection. */
export const onsets = (alarms: readonly boolean[]): boolean[] => alarms.map((on, at) => on && alarms[at - 1] !== true);

/** From the first to before the second. */
export type Span = readonly [start: number, end: number];

/** Runs of points that are set. */
export function runsOf(set: ArrayLike<number | boolean>): Span[] {
  const runs: [number, number][] = [];
  for (let i = 0; i < set.length; i++) {
    if (Number(set[i]) <= 0) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === i) last[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  return runs;
}

export interface EventQuality {
  /** Abnormal events, those with an alarm in them, and alarms (runs of points) that touch no event. */
  readonly events: number;
  readonly found: number;
  readonly falseAlarms: number;
  /** Alarms that touch an event, as a share of the alarms; found events, as a share of the events; and their F1. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of this recall and of the precision point by point (Garg et al. 2021): an alarm that never ends, which touches everything, does not win. */
  readonly compositeF1: number;
  /** Points from the beginning of a found event to its first alarm, on average; null: none was found. */
  readonly delay: number | null;
}

/** Event by event: one alarm in an event finds it, one outside of all is false, however long both are. */
export function eventQuality(alarms: readonly boolean[], labels: ArrayLike<number>): EventQuality {
  const events = runsOf(labels);
  const raised = runsOf(alarms);
  const found = events.filter((event) => raised.some((alarm) => touches(event, alarm)));
  const right = raised.filter((alarm) => events.some((event) => touches(event, alarm))).length;
  const delays = found.map(([start]) => alarms.indexOf(true, start) - start);
  const [precision, recall] = [ratio(right, raised.length), ratio(found.length, events.length)];
  return {
    events: events.length,
    found: found.length,
    falseAlarms: raised.length - right,
    precision,
    recall,
    f1: harmonicMean(precision, recall),
    compositeF1: harmonicMean(alarmQuality(alarms, labels).precision, recall),
    delay: delays.length === 0 ? null : delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
  };
}

const touches = ([a, b]: Span, [c, d]: Span): boolean => a < d && c < b;

const harmonicMean = (a: number, b: number): number => ratio(2 * a * b, a + b);

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
