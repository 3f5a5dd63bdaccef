import type { Manifest } from './artifact/manifest.ts';

/** Where the level of the scores stands: as in calibration, or above or below it since `since` scores. */
export interface Drift {
  readonly direction: 'up' | 'down';
  /** Scores since the sum began to grow: about when the level changed. */
  readonly since: number;
}

/** Allowance and limit, in standard deviations of the normal scores: a level that is off by 1 is found after some 50 scores, never by chance. */
const [allowance, limit] = [0.5, 25];
/** No single score says more than this: an outlier is an alarm, not a drift. */
const greatest = 5;

/**
 * Watches whether what is normal changes, which is no alarm: the machine wears, a sensor was recalibrated, the season is another. Page's
 * cumulative sum (Biometrika 41, 1954) on both sides: S = max(0, S + z - allowance), z the score in standard deviations from the mean of
 * the normal scores; drift where S is above the limit.
 *
 * @example
 * const watch = new DriftWatch(model.info.manifest);
 * const drift = watch.look(model.run(window));
 * if (drift !== null) console.log(`scores are ${drift.direction} since ${drift.since} windows: compile again with recent data?`);
 */
export class DriftWatch {
  readonly #mean: number;
  readonly #deviation: number;
  readonly #sides = { up: { sum: 0, since: 0 }, down: { sum: 0, since: 0 } };

  constructor({ score }: Pick<Manifest, 'score'>) {
    this.#mean = score.normal.mean;
    this.#deviation = score.normal.deviation;
  }

  /** Takes the next score; null: nothing has changed. */
  look(score: number): Drift | null {
    const z = this.#deviation === 0 ? 0 : (score - this.#mean) / this.#deviation;
    const bounded = Math.max(-greatest, Math.min(greatest, z));
    for (const [direction, side] of Object.entries(this.#sides)) {
      side.sum = Math.max(0, side.sum + (direction === 'up' ? bounded : -bounded) - allowance);
      side.since = side.sum === 0 ? 0 : side.since + 1;
    }
    const { up, down } = this.#sides;
    if (up.sum > limit) return { direction: 'up', since: up.since };
    return down.sum > limit ? { direction: 'down', since: down.since } : null;
  }

  /** Begins again, as after a maintenance. */
  reset(): void {
    for (const side of Object.values(this.#sides)) [side.sum, side.since] = [0, 0];
  }
}
