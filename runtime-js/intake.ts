import type { FaultPolicy, Manifest } from './artifact/manifest.ts';
import { Bridge } from './bridge.ts';

/** Why a score is not to be trusted, and so is none. */
export type Fault = 'missing' | 'stuck' | 'gap' | 'late' | 'rate';

/** What is to be done with the sliding window. */
export type Step =
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'sample';
      /** f32[channels]; NaN where nothing can be said. */
      readonly values: Float32Array;
      /** Seconds; null where samples come without time. */
      readonly time: number | null;
      /** Whether samples come as often as the manifest says: a score that is due with this one is worth something. */
      readonly trusted: boolean;
    };

/**
 * What comes of a stream of samples before a model sees it: values that are missing or stuck and time stamps that are late, brought to
 * an even row as the manifest says (`input.faults`). Knows no model, so that one in a worker can be fed with it too.
 */
export class Intake {
  readonly #policy: FaultPolicy;
  readonly #input: Manifest['input'];
  readonly #bridge: Bridge;
  readonly #counts: Record<Exclude<Fault, 'rate'>, number> = { missing: 0, stuck: 0, gap: 0, late: 0 };
  readonly #intervals: number[] = [];
  readonly #last: { readonly values: Float32Array; readonly repeats: Int32Array };
  #time: number | null = null;

  constructor(input: Manifest['input'], policy: FaultPolicy = input.faults ?? strict) {
    this.#policy = policy;
    this.#input = input;
    const { channelCount } = input;
    this.#bridge = new Bridge(channelCount, policy);
    this.#last = { values: new Float32Array(channelCount).fill(NaN), repeats: new Int32Array(channelCount) };
  }

  /** How often each fault was met since the beginning; of wrong rates, who scores knows. */
  get faults(): Readonly<Record<Exclude<Fault, 'rate'>, number>> {
    return { ...this.#counts };
  }

  /** One sample: a value per channel, NaN where there is none; `time` in seconds. */
  take(values: ArrayLike<number>, time: number | null = null): Step[] {
    if (values.length !== this.#input.channelCount) {
      throw new RangeError(`a sample has ${this.#input.channelCount} values, found ${values.length}`);
    }
    const steps: Step[] = [];
    if (time !== null && !this.#accept(time, steps)) return steps;
    const sample = this.#withoutStuck(Float32Array.from(values, (value) => (Number.isFinite(value) ? value : NaN)));
    if (sample.some(Number.isNaN)) {
      this.#counts.missing++;
      if (this.#policy.missing === 'reset') {
        this.#reset(steps);
        return steps;
      }
    }
    this.#ready(this.#bridge.take(sample, time), steps);
    return steps;
  }

  /** What waits for the end of a gap goes on as it is: at the end of a recording. */
  end(): Step[] {
    const steps: Step[] = [];
    this.#ready(this.#bridge.end(), steps);
    return steps;
  }

  /** Looks at the time of a sample; whether it is to be used. Samples that did not come in between are missing ones. */
  #accept(time: number, steps: Step[]): boolean {
    const before = this.#time;
    if (!Number.isFinite(time)) throw new RangeError(`the time of a sample is ${time}; expected seconds`);
    if (before !== null && time <= before) {
      this.#counts.late++;
      if (this.#policy.late === 'drop') return false;
      this.#reset(steps);
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
      this.#reset(steps);
      this.#time = time;
      return true;
    }
    this.#counts.missing += missing;
    for (let i = 1; i <= missing; i++) {
      const nothing = new Float32Array(this.#input.channelCount).fill(NaN);
      this.#ready(this.#bridge.take(nothing, before + i / rateHz), steps);
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

  #ready(ready: readonly { readonly values: Float32Array; readonly time: number | null }[], steps: Step[]): void {
    const trusted = this.#isRateRight();
    for (const { values, time } of ready) steps.push({ kind: 'sample', values, time, trusted });
  }

  /** By the median of the last intervals, which a gap does not change. */
  #isRateRight(): boolean {
    const { rateHz } = this.#input;
    if (rateHz === null || this.#intervals.length < leastIntervals) return true;
    const sorted = this.#intervals.toSorted((a, b) => a - b);
    return Math.abs(sorted[sorted.length >> 1]! * rateHz - 1) <= this.#policy.rateTolerance;
  }

  #reset(steps: Step[]): void {
    steps.push({ kind: 'reset' });
    this.#bridge.clear();
    this.#intervals.length = 0;
    this.#time = null;
  }
}

const [watchedIntervals, leastIntervals] = [31, 8];

/** Without a policy: a window that holds a gap has no score. */
export const strict: FaultPolicy = { missing: 'invalid', bridge: 0, stuck: null, late: 'drop', rateTolerance: 0.1 };
