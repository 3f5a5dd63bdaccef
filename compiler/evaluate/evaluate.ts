import { alarmQuality, eventQuality, onsets, type AlarmQuality, type EventQuality } from './alarms.ts';
import { bestF1, type Labelled } from '../score/thresholds/cuts.ts';
import { aucPr, aucRoc, partialAuc } from './curves.ts';
import { nabScores, type NabScores } from './nab.ts';
import { vusPr } from './vus.ts';

/** One recording: per point a score, whether there is an alarm, and a label (1: abnormal). */
export interface Recording {
  readonly scores: ArrayLike<number>;
  readonly alarms: readonly boolean[];
  readonly labels: ArrayLike<number>;
}

/** How well scores and alarms agree with labels. docs/evaluate.md says what each figure means. */
export interface Quality extends AlarmQuality {
  /** Rows, or files. */
  readonly points: number;
  readonly abnormal: number;
  readonly aucRoc: number;
  /** Up to a false-alarm rate of 0.1. */
  readonly partialAuc: number;
  readonly aucPr: number;
  readonly bestF1: { readonly f1: number; readonly threshold: number };
  /** Of points that follow each other in time; null for files. */
  readonly vusPr: number | null;
  readonly events: EventQuality | null;
  /** Of the points at which an alarm goes on. null for files, and where no event reaches beyond the probation. */
  readonly nab: NabScores | null;
}

/** Points around events that VUS-PR softens; an event's mean length, at most this. */
const greatestBuffer = 100;

/** Over all recordings together; events do not go from one into the next. There must be normal and abnormal points. */
export function quality(recordings: readonly Recording[]): Quality {
  const all: Labelled = {
    scores: joined(recordings, ({ scores }) => scores),
    labels: joined(recordings, ({ labels }) => labels),
  };
  // A point of quiet between recordings keeps their events apart.
  const apart = { alarms: [] as boolean[], labels: [] as number[] };
  for (const one of recordings) {
    apart.alarms.push(...one.alarms, false);
    for (let i = 0; i < one.labels.length; i++) apart.labels.push(one.labels[i]!);
    apart.labels.push(0);
  }
  const events = eventQuality(apart.alarms, apart.labels);
  const ranked = rankQuality(
    all,
    recordings.flatMap(({ alarms }) => alarms),
  );
  const buffer = Math.min(greatestBuffer, Math.round(ranked.abnormal / Math.max(1, events.events)));
  const detections = recordings.map(({ alarms, labels }) => ({ detected: onsets(alarms), labels }));
  return { ...ranked, vusPr: vusPr(all, buffer), events, nab: nabScores(detections) };
}

/** Of files, each with a score and a label of its own. */
export const fileQuality = (files: Recording): Quality => ({
  ...rankQuality(files, files.alarms),
  vusPr: null,
  events: null,
  nab: null,
});

/** What does not depend on the order of the points. */
function rankQuality(all: Labelled, alarms: readonly boolean[]) {
  return {
    points: alarms.length,
    abnormal: Array.from(all.labels).filter((label) => label > 0).length,
    aucRoc: aucRoc(all),
    partialAuc: partialAuc(all, 0.1),
    aucPr: aucPr(all),
    ...alarmQuality(alarms, all.labels),
    bestF1: bestF1(all),
  };
}

function joined(recordings: readonly Recording[], take: (one: Recording) => ArrayLike<number>): Float64Array {
  const result = new Float64Array(recordings.reduce((sum, one) => sum + take(one).length, 0));
  let at = 0;
  for (const one of recordings) {
    result.set(Array.from(take(one)), at);
    at += take(one).length;
  }
  return result;
}
