import { runsOf, type Span } from './alarms.ts';

/** What a detection, a miss and a false detection weigh: the application profiles of the Numenta Anomaly Benchmark (its config/profiles.json). */
export const nabProfiles = {
  standard: { hit: 1, miss: 1, falseAlarm: 0.11 },
  rewardLowFp: { hit: 1, miss: 1, falseAlarm: 0.22 },
  rewardLowFn: { hit: 1, miss: 2, falseAlarm: 0.11 },
} as const satisfies Record<string, Profile>;

interface Profile {
  readonly hit: number;
  readonly miss: number;
  readonly falseAlarm: number;
}

/** Normalised: 0 for a detector that never raises an alarm, 100 for one that raises a single one where each event begins; may be negative. */
export type NabScores = { readonly [P in keyof typeof nabProfiles]: number };

/** One recording, point by point, without gaps in time. */
export interface Detections {
  /** NAB's own detectors detect at each point whose score is at or above a threshold; an alarm detects where it goes on (`onsets`). */
  readonly detected: readonly boolean[];
  readonly labels: ArrayLike<number>;
}

/** Share of a recording at its beginning in which nothing counts; of more than 5000 points, of 5000. */
const probation = 0.15;
const longest = 5000;

/** Over all recordings; null where no event reaches beyond the probation. */
export function nabScores(recordings: readonly Detections[]): NabScores | null {
  const events = recordings.reduce((sum, recording) => sum + countedEvents(recording).length, 0);
  if (events === 0) return null;
  const of = (profile: Profile): number =>
    normalized(
      recordings.reduce((sum, recording) => sum + rawNabScore(recording, profile), 0),
      events,
      profile,
    );
  return {
    standard: of(nabProfiles.standard),
    rewardLowFp: of(nabProfiles.rewardLowFp),
    rewardLowFn: of(nabProfiles.rewardLowFn),
  };
}

/** Between what no alarm at all gives, and a hit at the start of every event. */
export const normalized = (raw: number, events: number, { hit, miss }: Profile): number =>
  (100 * (raw + miss * events)) / ((hit + miss) * events);

/**
 * The sum that NAB calls a data file's score (Lavin and Ahmad 2015, "Evaluating real-time anomaly detection algorithms", section III; with
 * the details of numenta/NAB's sweeper). An event is a run of labels. The earliest detection in an event
 * counts by its place there: `hit` at the first point, towards 0 at the last; an event without one costs `miss`. One outside of all events
 * costs up to `falseAlarm`, less where it follows soon after an event.
 */
export function rawNabScore(recording: Detections, { hit, miss, falseAlarm }: Profile): number {
  const { detected, labels } = recording;
  const first = probationEnd(detected.length);
  const best = scaledSigmoid(-1);
  let score = 0;
  for (const [start, end] of countedEvents(recording)) {
    const at = detected.indexOf(true, Math.max(start, first));
    score += at < 0 || at >= end ? -miss : (hit * scaledSigmoid(-(end - at) / (end - start))) / best;
  }
  const events = runsOf(labels);
  let before: Span | null = null;
  for (let at = 0, next = 0; at < detected.length; at++) {
    if (next < events.length && at >= events[next]![1]) before = events[next++]!;
    if (at < first || detected[at] !== true || labels[at]! > 0) continue;
    score += falseAlarm * (before === null ? -1 : scaledSigmoid((at - before[1] + 1) / (before[1] - before[0] - 1)));
  }
  return score;
}

const probationEnd = (points: number): number => Math.ceil(Math.min(Math.floor(probation * points), probation * longest));

/** Events that do not lie within the probation alone. */
const countedEvents = ({ detected, labels }: Detections): Span[] =>
  runsOf(labels).filter(([, end]) => end > probationEnd(detected.length));

/** From almost 1 at the left edge of an event (-1) over 0 at its right edge to -1 well behind it. */
const scaledSigmoid = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);
