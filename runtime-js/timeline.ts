import type { FaultPolicy, Manifest } from './artifact/manifest.ts';

/** What a sample's time says, where it is not the number of samples that did not come before it. */
export const late = -1;
/** Not later than the one before, by a clock that was set back: the window begins anew. */
export const setBack = -2;
/** So many samples did not come that the window begins anew. */
export const gap = -3;

/** What is remembered of the times of one stream. */
export interface TimelineState {
  /** Seconds; null: no sample yet. */
  readonly last: number | null;
  /** The last intervals, a bit each, the newest lowest: which are too short, and too long. */
  readonly short: number;
  readonly long: number;
  readonly intervals: number;
}

/** The times of many streams of samples, a row each: what is late, what is missing, and whether the rate is that of the manifest. */
export class Timeline {
  readonly #input: Pick<Manifest['input'], 'rateHz' | 'samples'>;
  readonly #policy: FaultPolicy;
  #last: Float64Array;
  #short: Uint32Array;
  #long: Uint32Array;
  #intervals: Uint8Array;

  constructor(input: Pick<Manifest['input'], 'rateHz' | 'samples'>, policy: FaultPolicy, rows: number) {
    this.#input = input;
    this.#policy = policy;
    this.#last = new Float64Array(rows).fill(NaN);
    this.#short = new Uint32Array(rows);
    this.#long = new Uint32Array(rows);
    this.#intervals = new Uint8Array(rows);
  }

  /** Makes room for more streams. */
  grow(rows: number): void {
    const last = new Float64Array(rows).fill(NaN);
    last.set(this.#last);
    this.#last = last;
    this.#short = grown(this.#short, new Uint32Array(rows));
    this.#long = grown(this.#long, new Uint32Array(rows));
    this.#intervals = grown(this.#intervals, new Uint8Array(rows));
  }

  /** Samples that did not come before the one of this time (seconds), 0 as a rule; or late, setBack or gap. */
  accept(row: number, time: number): number {
    if (!Number.isFinite(time)) throw new RangeError(`the time of a sample is ${time}; expected seconds`);
    const before = this.#last[row]!;
    if (time <= before) {
      if (this.#policy.late === 'drop') return late;
      this.#begin(row, time);
      return setBack;
    }
    this.#last[row] = time;
    const { rateHz, samples } = this.#input;
    if (rateHz === null || Number.isNaN(before)) return 0;
    this.#note(row, (time - before) * rateHz - 1);
    const missing = Math.max(0, Math.round((time - before) * rateHz) - 1);
    if (missing < 1 || (missing < samples && this.#policy.missing !== 'reset')) return missing;
    this.#begin(row, time);
    return gap;
  }

  /** By the median of the last intervals, which a gap does not change. */
  isRateRight(row: number): boolean {
    const count = this.#intervals[row]!;
    if (count < leastIntervals) return true;
    const median = count >> 1;
    return bitsOf(this.#short[row]!) <= median && bitsOf(this.#long[row]!) < count - median;
  }

  clear(row: number): void {
    this.#begin(row, NaN);
  }

  save(row: number): TimelineState {
    const last = this.#last[row]!;
    return {
      last: Number.isNaN(last) ? null : last,
      short: this.#short[row]!,
      long: this.#long[row]!,
      intervals: this.#intervals[row]!,
    };
  }

  restore(row: number, { last, short, long, intervals }: TimelineState): void {
    this.#last[row] = last ?? NaN;
    this.#short[row] = short;
    this.#long[row] = long;
    this.#intervals[row] = intervals;
  }

  #begin(row: number, time: number): void {
    this.#last[row] = time;
    this.#short[row] = 0;
    this.#long[row] = 0;
    this.#intervals[row] = 0;
  }

  /** The median is too short if more than half of the intervals are: one bit of each is enough. */
  #note(row: number, deviation: number): void {
    const { rateTolerance } = this.#policy;
    this.#short[row] = ((this.#short[row]! << 1) | (deviation < -rateTolerance ? 1 : 0)) & watched;
    this.#long[row] = ((this.#long[row]! << 1) | (deviation > rateTolerance ? 1 : 0)) & watched;
    this.#intervals[row] = Math.min(watchedIntervals, this.#intervals[row]! + 1);
  }
}

const [watchedIntervals, leastIntervals] = [31, 8];
const watched = 2 ** watchedIntervals - 1;

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
