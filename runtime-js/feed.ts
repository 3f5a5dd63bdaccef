import type { FaultPolicy, Manifest } from './artifact/manifest.ts';
import type { Model } from './model.ts';
import { Bridge } from './bridge.ts';

/** Why a score is not to be trusted, and so is none. */
export type Fault = 'missing' | 'stuck' | 'gap' | 'late' | 'rate';

/** A window that was due. */
export interface Scored {
  /** Seconds, of the newest sample in the window; null where samples come without time. */
  readonly time: number | null;
  /** null: the window holds what a sensor did not give. */
  readonly score: number | null;
  readonly alarm: boolean;
}

/** How often each fault was met. `late` samples are dropped, a `gap` is longer than a window or too long to bridge. */
export type FaultCounts = Readonly<Record<Fault, number>>;

/**
 * A stream of samples as plants give them, with values that are missing or stuck and time stamps that are late, brought to an
 * artifact's sliding window as its manifest says (`input.faults`; docs/faults.md). NaN never becomes a score.
 *
 * @example
 * const feed = new Feed(model);
 * for (const { values, time } of samples) for (const { score, alarm } of feed.push(values, time)) ...
 */
export class Feed {
  readonly #model: Model;
  readonly #policy: FaultPolicy;
  readonly #input: Manifest['input'];
  readonly #bridge: Bridge;
  readonly #counts: Record<Fault, number> = { missing: 0, stuck: 0, gap: 0, late: 0, rate: 0 };
  readonly #intervals: number[] = [];
  readonly #last: { readonly values: Float32Array; readonly repeats: Int32Array };
  #time: number | null = null;

  constructor(model: Model, policy: FaultPolicy = model.info.manifest.input.faults ?? strict) {
    this.#model = model;
    this.#policy = policy;
    this.#input = model.info.manifest.input;
    const { channelCount } = this.#input;
    this.#bridge = new Bridge(channelCount, policy);
    this.#last = { values: new Float32Array(channelCount).fill(NaN), repeats: new Int32Array(channelCount) };
  }

  /** How often each fault was met since the beginning. */
  get faults(): FaultCounts {
    return { ...this.#counts };
  }

  /**
   * One sample: a value per channel, NaN where there is none; `time` in seconds. Gives the windows that are due with it: none or one
   * as a rule, more where it ends a gap that is bridged.
   */
  push(values: ArrayLike<number>, time: number | null = null): Scored[] {
    if (values.length !== this.#input.channelCount) {
      throw new RangeError(`a sample has ${this.#input.channelCount} values, found ${values.length}`);
    }
    const scored: Scored[] = [];
    if (time !== null && !this.#accept(time, scored)) return scored;
    const sample = this.#withoutStuck(Float32Array.from(values, (value) => (Number.isFinite(value) ? value : NaN)));
    if (sample.some(Number.isNaN)) {
      this.#counts.missing++;
      if (this.#policy.missing === 'reset') {
        this.#reset();
        return scored;
      }
    }
    this.#score(this.#bridge.take(sample, time), scored);
    return scored;
  }

  /** What waits for the end of a gap is scored as it is: at the end of a recording. */
  end(): Scored[] {
    const scored: Scored[] = [];
    this.#score(this.#bridge.end(), scored);
    return scored;
  }

  /** Looks at the time of a sample; whether it is to be used. Samples that did not come in between are missing ones. */
  #accept(time: number, scored: Scored[]): boolean {
    const before = this.#time;
    if (!Number.isFinite(time)) throw new RangeError(`the time of a sample is ${time}; expected seconds`);
    if (before !== null && time <= before) {
      this.#counts.late++;
      if (this.#policy.late === 'drop') return false;
      this.#reset();
      this.#time = time;
      return true;
    }
    this.#time = time;
    const { rateHz, samples } = this.#input;
    if (before === null || rateHz === null) return true;
    this.#intervals.push(time - before);
    if (this.#intervals.length > watchedIntervals) this.#intervals.shift();
    const missing = Math.round((time - before) * rateHz) - 1;
    if (missing < 1) return true;
    if (missing >= samples || this.#policy.missing === 'reset') {
      this.#counts.gap++;
      this.#reset();
      this.#time = time;
      return true;
    }
    this.#counts.missing += missing;
    for (let i = 1; i <= missing; i++) {
      const nothing = new Float32Array(this.#input.channelCount).fill(NaN);
      this.#score(this.#bridge.take(nothing, before + i / rateHz), scored);
    }
    return true;
  }

  /** A channel that has given the same value for too long is a sensor that hangs: its value is missing. */
  #withoutStuck(sample: Float32Array): Float32Array {
    const { stuck } = this.#policy;
    if (stuck === null) return sample;
    const { values, repeats } = this.#last;
    return sample.map((value, channel) => {
      repeats[channel] = value === values[channel] ? repeats[channel]! + 1 : 1;
      values[channel] = value;
      if (repeats[channel] <= stuck) return value;
      this.#counts.stuck++;
      return NaN;
    });
  }

  #score(ready: readonly { readonly values: Float32Array; readonly time: number | null }[], scored: Scored[]): void {
    for (const { values, time } of ready) {
      const result = this.#model.push(values);
      if (result === 'waiting') continue;
      const isRight = this.#isRateRight();
      if (!isRight) this.#counts.rate++;
      const score = result === 'invalid' || !isRight ? null : result;
      scored.push({ time, score, alarm: score !== null && this.#model.alarm });
    }
  }

  /** Whether samples come as often as the manifest says: by the median of the last intervals, which a gap does not change. */
  #isRateRight(): boolean {
    const { rateHz } = this.#input;
    if (rateHz === null || this.#intervals.length < leastIntervals) return true;
    const sorted = this.#intervals.toSorted((a, b) => a - b);
    return Math.abs(sorted[sorted.length >> 1]! * rateHz - 1) <= this.#policy.rateTolerance;
  }

  #reset(): void {
    this.#model.reset();
    this.#bridge.clear();
    this.#intervals.length = 0;
    this.#time = null;
  }
}

const [watchedIntervals, leastIntervals] = [31, 8];

/** Without a policy: a window that holds a gap has no score. */
export const strict: FaultPolicy = { missing: 'invalid', bridge: 0, stuck: null, late: 'drop', rateTolerance: 0.1 };
