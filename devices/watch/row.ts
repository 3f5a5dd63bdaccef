import type { SensorNotice, Share } from './notice.ts';
import { ratioOf, type Condition } from './severity.ts';

/** Scores that a row remembers for its line. */
export const historyLength = 48;

/** Ms of silence that are allowed where the usual interval is not known, and at least. */
const [patienceMs, leastPatienceMs] = [300_000, 5000];

/** An outage is not a new habit: the usual interval grows by no more than this at once. */
const mostGrowth = 10;

/** A sensor is silent after so many of its usual intervals. */
const intervals = 5;

/** What a message did to a row. */
export type Effect = 'taken' | 'duplicate';

/** What is said of a sensor at a moment. */
export type Facts = Readonly<
  Pick<Row, 'node' | 'name' | 'artifact' | 'score' | 'threshold' | 'ratio' | 'alarm' | 'scoredAt' | 'why'>
>;

/** A sensor on the board. */
export class Row {
  readonly id: number;
  readonly node: string;
  /** As it calls itself. */
  name: string;
  artifact: string | null = null;
  score: number | null = null;
  threshold: number | null = null;
  /** Score in thresholds; null: none. */
  ratio: number | null = null;
  alarm = false;
  /** Milliseconds since 1970, by the clock of the gateway; null: it was on before anything was known. */
  alarmSince: number | null = null;
  time: number | null = null;
  scoredAt: number | null = null;
  why: readonly Share[] = [];
  /** Milliseconds since 1970 by this clock, when the last score came; null: none came while we were looking. */
  seenAt: number | null = null;
  /** Changes with each thing that is shown. */
  version = 0;
  /** As `Board.tick` found it last. */
  condition: Condition = 'waiting';
  #epoch = -Infinity;
  #seq = 0;
  /** Connection in which the last score came: what was sent between two connections is nobody's loss. */
  #session = -1;
  /** Usual milliseconds from score to score by the clock of the gateway: slow to shrink, so that a burst does not make it short. */
  #intervalMs: number | null = null;
  /** Of the last score; `scoredAt` may be that of a retained alarm of last week. */
  #lastScoredAt: number | null = null;
  readonly #history = new Float32Array(historyLength).fill(NaN);
  #scores = 0;

  constructor(id: number, node: string, name: string) {
    this.id = id;
    this.node = node;
    this.name = name;
  }

  /** As they are now, whatever comes later. */
  facts(): Facts {
    const { node, name, artifact, score, threshold, ratio, alarm, scoredAt, why } = this;
    return { node, name, artifact, score, threshold, ratio, alarm, scoredAt, why };
  }

  /** Scores in thresholds, the oldest first; NaN: there was none. */
  history(): number[] {
    const known = Math.min(this.#scores, historyLength);
    return Array.from({ length: known }, (_, i) => this.#history[(this.#scores - known + i) % historyLength]!);
  }

  /** `lost`: is told how many numbers were left out before this one. */
  takeScore(notice: SensorNotice, session: number, nowMs: number, lost: (count: number) => void): Effect {
    const { epoch, seq } = notice;
    let step = 1;
    if (epoch !== null && seq !== null) {
      if (epoch < this.#epoch || (epoch === this.#epoch && seq <= this.#seq)) return 'duplicate';
      const isNew = this.#epoch === -Infinity || session !== this.#session;
      if (epoch !== this.#epoch) this.#lastScoredAt = null;
      step = epoch === this.#epoch ? seq - this.#seq : seq;
      if (!isNew && step > 1) lost(step - 1);
      [this.#epoch, this.#seq] = [epoch, seq];
    }
    this.#session = session;
    this.#measureInterval(notice.scoredAt, step);
    this.seenAt = nowMs;
    this.#show(notice);
    this.#history[this.#scores++ % historyLength] = this.ratio ?? NaN;
    return 'taken';
  }

  /** A retained state has no number; it may be older than the scores that came. */
  takeAlarm(notice: SensorNotice): Effect {
    if (notice.scoredAt !== null && this.scoredAt !== null && notice.scoredAt < this.scoredAt) return 'duplicate';
    this.#show(notice);
    return 'taken';
  }

  /** Milliseconds of silence after which something is wrong. */
  get patienceMs(): number {
    return this.#intervalMs === null ? patienceMs : Math.max(leastPatienceMs, intervals * this.#intervalMs);
  }

  #show(notice: SensorNotice): void {
    if (notice.alarm !== this.alarm) this.alarmSince = notice.alarm ? notice.scoredAt : null;
    this.name = notice.label;
    this.alarm = notice.alarm;
    this.score = notice.score;
    this.threshold = notice.threshold ?? this.threshold;
    this.ratio = this.score === null || this.threshold === null ? null : ratioOf(this.score, this.threshold);
    this.time = notice.time;
    this.scoredAt = notice.scoredAt;
    if (!notice.alarm || notice.why.length > 0) this.why = notice.why;
    this.artifact = notice.artifact ?? this.artifact;
    this.version++;
  }

  #measureInterval(scoredAt: number | null, step: number): void {
    const last = this.#lastScoredAt;
    this.#lastScoredAt = scoredAt;
    if (scoredAt === null || last === null || scoredAt <= last) return;
    const interval = (scoredAt - last) / step;
    const usual = this.#intervalMs ?? interval;
    this.#intervalMs = Math.max(Math.min(interval, mostGrowth * usual), 0.9 * usual + 0.1 * Math.min(interval, usual));
  }
}
