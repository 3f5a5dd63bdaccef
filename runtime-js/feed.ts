import type { FaultPolicy } from './artifact/manifest.ts';
import { Intake, type Fault, type Step } from './intake.ts';
import type { Model } from './model.ts';

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
  readonly #intake: Intake;
  #rate = 0;

  constructor(model: Model, policy?: FaultPolicy) {
    this.#model = model;
    this.#intake = new Intake(model.info.manifest.input, policy);
  }

  /** How often each fault was met since the beginning. */
  get faults(): FaultCounts {
    return { ...this.#intake.faults, rate: this.#rate };
  }

  /**
   * One sample: a value per channel, NaN where there is none; `time` in seconds. Gives the windows that are due with it: none or one
   * as a rule, more where it ends a gap that is bridged.
   */
  push(values: ArrayLike<number>, time: number | null = null): Scored[] {
    return this.#score(this.#intake.take(values, time));
  }

  /** What waits for the end of a gap is scored as it is: at the end of a recording. */
  end(): Scored[] {
    return this.#score(this.#intake.end());
  }

  #score(steps: readonly Step[]): Scored[] {
    const scored: Scored[] = [];
    for (const step of steps) {
      if (step.kind === 'reset') {
        this.#model.reset();
        continue;
      }
      const result = this.#model.push(step.values);
      if (result === 'waiting') continue;
      if (!step.trusted) this.#rate++;
      const score = result === 'invalid' || !step.trusted ? null : result;
      scored.push({ time: step.time, score, alarm: score !== null && this.#model.alarm });
    }
    return scored;
  }
}
