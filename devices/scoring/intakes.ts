import type { FaultPolicy, Manifest } from '../../runtime-js/artifact/manifest.ts';
import { Intake, strict, type Fault, type IntakeState } from '../../runtime-js/intake.ts';
import { gap, late, setBack, Timeline, type TimelineState } from '../../runtime-js/timeline.ts';

/** What comes out of an intake, in order. */
export interface IntakeTarget {
  /** The window of a sensor is empty again. */
  reset(row: number): void;
  /** values: f32[channels], valid during the call; `trusted`: the rate of the samples is that of the manifest. */
  sample(row: number, values: ArrayLike<number>, time: number | null, trusted: boolean): void;
}

/** The fault policy of an artifact (docs/faults.md) over many sensors, a row each. */
export interface Intakes {
  /** How often each fault was met, over all sensors. Of wrong rates the pool knows. */
  readonly faults: Readonly<Record<Exclude<Fault, 'rate'>, number>>;
  grow(rows: number): void;
  take(row: number, values: ArrayLike<number>, time: number | null): void;
  clear(row: number): void;
  /** JSON with which `restore` goes on. */
  save(row: number): TimelineState | IntakeState;
  restore(row: number, state: TimelineState | IntakeState): void;
}

/** Policies that need no values of the past take 17 bytes a sensor; those that hold, interpolate or look for stuck channels an Intake each. */
export function intakesOf({ input }: Manifest, target: IntakeTarget): Intakes {
  const policy = input.faults ?? strict;
  const remembers = policy.stuck !== null || policy.missing === 'hold' || policy.missing === 'interpolate';
  return remembers ? new FillingIntakes(input, policy, target) : new PlainIntakes(input, policy, target);
}

type Counts = Record<Exclude<Fault, 'rate'>, number>;

/** Does what `Intake` does with a policy that fills no gaps. */
class PlainIntakes implements Intakes {
  readonly #timeline: Timeline;
  readonly #target: IntakeTarget;
  readonly #resets: boolean;
  readonly #nothing: Float32Array;
  readonly #secondsPerSample: number;
  readonly faults: Counts = { missing: 0, stuck: 0, gap: 0, late: 0 };

  constructor(input: Manifest['input'], policy: FaultPolicy, target: IntakeTarget) {
    this.#timeline = new Timeline(input, policy, 0);
    this.#target = target;
    this.#resets = policy.missing === 'reset';
    this.#nothing = new Float32Array(input.channelCount).fill(NaN);
    this.#secondsPerSample = 1 / (input.rateHz ?? 1);
  }

  grow(rows: number): void {
    this.#timeline.grow(rows);
  }

  take(row: number, values: ArrayLike<number>, time: number | null): void {
    if (time !== null && !this.#accept(row, time)) return;
    if (!isFinite(values)) {
      this.faults.missing++;
      if (this.#resets) {
        this.#timeline.clear(row);
        this.#target.reset(row);
        return;
      }
    }
    this.#target.sample(row, values, time, this.#timeline.isRateRight(row));
  }

  clear(row: number): void {
    this.#timeline.clear(row);
  }

  save(row: number): TimelineState {
    return this.#timeline.save(row);
  }

  restore(row: number, state: TimelineState | IntakeState): void {
    this.#timeline.restore(row, 'timeline' in state ? state.timeline : state);
  }

  #accept(row: number, time: number): boolean {
    const missing = this.#timeline.accept(row, time);
    switch (missing) {
      case 0:
        return true;
      case late:
        this.faults.late++;
        return false;
      case setBack:
        this.faults.late++;
        this.#target.reset(row);
        return true;
      case gap:
        this.faults.gap++;
        this.#target.reset(row);
        return true;
    }
    this.faults.missing += missing;
    for (let i = missing; i > 0; i--) {
      this.#target.sample(row, this.#nothing, time - i * this.#secondsPerSample, this.#timeline.isRateRight(row));
    }
    return true;
  }
}

class FillingIntakes implements Intakes {
  readonly #input: Manifest['input'];
  readonly #policy: FaultPolicy;
  readonly #target: IntakeTarget;
  readonly #rows: Intake[] = [];
  /** Of intakes that were cleared. */
  readonly #gone: Counts = { missing: 0, stuck: 0, gap: 0, late: 0 };

  constructor(input: Manifest['input'], policy: FaultPolicy, target: IntakeTarget) {
    this.#input = input;
    this.#policy = policy;
    this.#target = target;
  }

  get faults(): Counts {
    const sums = { ...this.#gone };
    for (const intake of this.#rows) add(sums, intake.faults);
    return sums;
  }

  grow(): void {}

  take(row: number, values: ArrayLike<number>, time: number | null): void {
    for (const step of this.#at(row).take(values, time)) {
      if (step.kind === 'reset') this.#target.reset(row);
      else this.#target.sample(row, step.values, step.time, step.trusted);
    }
  }

  clear(row: number): void {
    const intake = this.#rows[row];
    if (intake === undefined) return;
    add(this.#gone, intake.faults);
    this.#rows[row] = new Intake(this.#input, this.#policy);
  }

  save(row: number): IntakeState {
    return this.#at(row).save();
  }

  restore(row: number, state: TimelineState | IntakeState): void {
    if ('timeline' in state) this.#at(row).restore(state);
  }

  #at(row: number): Intake {
    while (this.#rows.length <= row) this.#rows.push(new Intake(this.#input, this.#policy));
    return this.#rows[row]!;
  }
}

function add(sums: Counts, more: Readonly<Counts>): void {
  for (const fault of ['missing', 'stuck', 'gap', 'late'] as const) sums[fault] += more[fault];
}

function isFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value - value === 0)) return false;
  }
  return true;
}
