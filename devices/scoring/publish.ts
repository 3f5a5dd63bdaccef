/** Which scores are published; an alarm that goes on or off always is. Counts and data decide, never the clock, so that a replay decides the same. */
export interface PublishRule {
  /** Each n-th score of a sensor at least. */
  readonly every: number;
  /** Before that, a score that differs from the one published last by more than this share of the threshold; null: none. */
  readonly change: number | null;
}

export const publishDefaults: PublishRule = { every: 1, change: null };

/** What was published last, as JSON. */
export interface PublishedState {
  /** null: nothing yet, or a window without a score. */
  readonly last: number | null;
  /** Scores since then. */
  readonly since: number;
}

/** Of many sensors, a row each: what was published last. */
export class Published {
  readonly #rule: PublishRule;
  readonly #change: number;
  #last = new Float32Array(0);
  #since = new Uint32Array(0);

  constructor(rule: PublishRule, threshold: number) {
    this.#rule = rule;
    this.#change = rule.change === null ? Infinity : rule.change * threshold;
  }

  grow(rows: number): void {
    const last = new Float32Array(rows).fill(NaN);
    last.set(this.#last);
    const since = new Uint32Array(rows);
    since.set(this.#since);
    [this.#last, this.#since] = [last, since];
  }

  /** Whether a score (NaN: none) is to be published; remembers it then. The first one of a sensor is. */
  decide(row: number, score: number, alarmChanged: boolean): boolean {
    const since = this.#since[row]! + 1;
    const before = this.#last[row]!;
    const due =
      alarmChanged ||
      since >= this.#rule.every ||
      Number.isNaN(score) !== Number.isNaN(before) ||
      Math.abs(score - before) > this.#change;
    this.#since[row] = due ? 0 : since;
    if (due) this.#last[row] = score;
    return due;
  }

  clear(row: number): void {
    this.#last[row] = NaN;
    this.#since[row] = 0;
  }

  save(row: number): PublishedState {
    const last = this.#last[row]!;
    return { last: Number.isNaN(last) ? null : last, since: this.#since[row]! };
  }

  restore(row: number, { last, since }: PublishedState): void {
    this.#last[row] = last ?? NaN;
    this.#since[row] = since;
  }
}
