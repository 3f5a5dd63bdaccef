import type { FaultPolicy } from './artifact/manifest.ts';

/** A sample on its way to the sliding window. */
export interface Sample {
  readonly values: Float32Array;
  readonly time: number | null;
}

/** What a bridge remembers, as JSON; null: not a number. */
export interface BridgeState {
  readonly last: readonly (number | null)[];
  readonly age: readonly number[];
  readonly waiting: readonly { readonly values: readonly (number | null)[]; readonly time: number | null }[];
}

/** Fills gaps of up to `bridge` samples, channel by channel: with the value before (hold), or on a line to the next one (interpolate). */
export class Bridge {
  readonly #policy: FaultPolicy;
  /** The last value that each channel gave, and how many samples ago. */
  readonly #last: Float32Array;
  readonly #age: Int32Array;
  /** Samples that wait for a value behind their gap, the oldest first. */
  #waiting: Sample[] = [];

  constructor(channels: number, policy: FaultPolicy) {
    this.#policy = policy;
    this.#last = new Float32Array(channels).fill(NaN);
    this.#age = new Int32Array(channels);
  }

  /** The samples that are ready with this one, in order; NaN in them is a gap that cannot be bridged. */
  take(values: Float32Array, time: number | null): Sample[] {
    const sample = { values: values.slice(), time };
    if (this.#policy.missing === 'hold') {
      this.#hold(sample.values);
      return [sample];
    }
    if (this.#policy.missing !== 'interpolate') return [sample];
    this.#waiting.push(sample);
    values.forEach((value, channel) => {
      if (!Number.isNaN(value)) this.#line(channel, value);
    });
    return this.#ready();
  }

  /** No value comes any more. */
  end(): Sample[] {
    const rest = this.#waiting;
    this.#waiting = [];
    return rest;
  }

  save(): BridgeState {
    return {
      last: numbersOrNull(this.#last),
      age: [...this.#age],
      waiting: this.#waiting.map(({ values, time }) => ({ values: numbersOrNull(values), time })),
    };
  }

  restore({ last, age, waiting }: BridgeState): void {
    last.forEach((value, channel) => (this.#last[channel] = value ?? NaN));
    this.#age.set(age);
    this.#waiting = waiting.map(({ values, time }) => ({ values: Float32Array.from(values, (value) => value ?? NaN), time }));
  }

  clear(): void {
    this.#last.fill(NaN);
    this.#age.fill(0);
    this.#waiting = [];
  }

  #hold(values: Float32Array): void {
    values.forEach((value, channel) => {
      if (!Number.isNaN(value)) {
        this.#last[channel] = value;
        this.#age[channel] = 0;
      } else if (++this.#age[channel]! <= this.#policy.bridge) values[channel] = this.#last[channel]!;
    });
  }

  /** A channel has a value again: what waits is filled on the line from the value before, if the gap is short enough. */
  #line(channel: number, value: number): void {
    const end = this.#waiting.length - 1;
    let first = end;
    while (first > 0 && Number.isNaN(this.#waiting[first - 1]!.values[channel]!)) first--;
    const missing = end - first;
    const from = first === 0 ? this.#last[channel]! : this.#waiting[first - 1]!.values[channel]!;
    if (missing > 0 && missing <= this.#policy.bridge && !Number.isNaN(from)) {
      for (let i = 0; i < missing; i++) {
        this.#waiting[first + i]!.values[channel] = from + ((value - from) * (i + 1)) / (missing + 1);
      }
    }
  }

  /** From the front: samples without a gap, and those whose gap is too long by now to be bridged, or has nothing before it. */
  #ready(): Sample[] {
    let count = 0;
    while (count < this.#waiting.length && this.#isReady(count)) {
      this.#waiting[count]!.values.forEach((value, channel) => (this.#last[channel] = value));
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #isReady(at: number): boolean {
    return this.#waiting[at]!.values.every((value, channel) => {
      if (!Number.isNaN(value) || Number.isNaN(this.#last[channel])) return true;
      // The gap goes on to the end of what waits, or has ended and was too long.
      let end = at;
      while (end < this.#waiting.length && Number.isNaN(this.#waiting[end]!.values[channel]!)) end++;
      return end < this.#waiting.length || end - at > this.#policy.bridge;
    });
  }
}

/** JSON has no NaN. */
export const numbersOrNull = (values: Float32Array): (number | null)[] =>
  Array.from(values, (value) => (Number.isNaN(value) ? null : value));
