import type { FaultPolicy, Manifest } from './artifact/manifest.ts';
import { Bridge, numbersOrNull, type BridgeState } from './bridge.ts';
import { gap, late, setBack, Timeline, type TimelineState } from './timeline.ts';

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

/** What an intake remembers of a stream, as JSON; null: not a number. */
export interface IntakeState {
  readonly timeline: TimelineState;
  readonly bridge: BridgeState;
  readonly values: readonly (number | null)[];
  readonly repeats: readonly number[];
}

/**
 * What comes of a stream of samples before a model sees it: values that are missing or stuck and time stamps that are late, brought to
 * an even row as the manifest says (`input.faults`). Knows no model, so that one in a worker can be fed with it too.
 */
export class Intake {
  readonly #policy: FaultPolicy;
  readonly #input: Manifest['input'];
  readonly #bridge: Bridge;
  readonly #counts: Record<Exclude<Fault, 'rate'>, number> = { missing: 0, stuck: 0, gap: 0, late: 0 };
  readonly #timeline: Timeline;
  readonly #last: { readonly values: Float32Array; readonly repeats: Int32Array };

  constructor(input: Manifest['input'], policy: FaultPolicy = input.faults ?? strict) {
    this.#policy = policy;
    this.#input = input;
    const { channelCount } = input;
    this.#bridge = new Bridge(channelCount, policy);
    this.#timeline = new Timeline(input, policy, 1);
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
        this.#begin(steps);
        this.#timeline.clear(0);
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

  /** What is needed to go on from here in another process; without the counts. */
  save(): IntakeState {
    const { values, repeats } = this.#last;
    return {
      timeline: this.#timeline.save(0),
      bridge: this.#bridge.save(),
      values: numbersOrNull(values),
      repeats: [...repeats],
    };
  }

  restore({ timeline, bridge, values, repeats }: IntakeState): void {
    this.#timeline.restore(0, timeline);
    this.#bridge.restore(bridge);
    values.forEach((value, channel) => (this.#last.values[channel] = value ?? NaN));
    this.#last.repeats.set(repeats);
  }

  /** Looks at the time of a sample; whether it is to be used. Samples that did not come in between are missing ones. */
  #accept(time: number, steps: Step[]): boolean {
    const missing = this.#timeline.accept(0, time);
    switch (missing) {
      case late:
        this.#counts.late++;
        return false;
      case setBack:
        this.#counts.late++;
        this.#begin(steps);
        return true;
      case gap:
        this.#counts.gap++;
        this.#begin(steps);
        return true;
    }
    this.#counts.missing += missing;
    for (let i = missing; i > 0; i--) {
      const nothing = new Float32Array(this.#input.channelCount).fill(NaN);
      this.#ready(this.#bridge.take(nothing, time - i / this.#input.rateHz!), steps);
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
    const trusted = this.#timeline.isRateRight(0);
    for (const { values, time } of ready) steps.push({ kind: 'sample', values, time, trusted });
  }

  #begin(steps: Step[]): void {
    steps.push({ kind: 'reset' });
    this.#bridge.clear();
  }
}

/** Without a policy: a window that holds a gap has no score. */
export const strict: FaultPolicy = { missing: 'invalid', bridge: 0, stuck: null, late: 'drop', rateTolerance: 0.1 };
