/** A window that was due, and where in the stream it ended. */
export interface Scored {
  readonly position: number;
  /** null: the window holds what a sensor did not give. */
  readonly score: number | null;
  readonly alarm: boolean;
}

/** More than that are forgotten, the oldest first: a day at three scores per second. */
const most = 1 << 18;

/** The scores since a source began. */
export class History {
  #positions = new Float64Array(1024);
  #scores = new Float32Array(1024);
  #alarms = new Uint8Array(1024);
  #length = 0;
  #forgotten = 0;

  get length(): number {
    return this.#length;
  }

  /** Windows that were due since the source began, also those that are forgotten. */
  get total(): number {
    return this.#length + this.#forgotten;
  }

  add({ position, score, alarm }: Scored): void {
    if (this.#length === most) this.#forget(most >> 1);
    if (this.#length === this.#scores.length) this.#grow();
    this.#positions[this.#length] = position;
    this.#scores[this.#length] = score ?? NaN;
    this.#alarms[this.#length] = alarm ? 1 : 0;
    this.#length++;
  }

  at(i: number): Scored {
    const score = this.#scores[i]!;
    return { position: this.#positions[i]!, score: Number.isNaN(score) ? null : score, alarm: this.#alarms[i] === 1 };
  }

  /**
   * The last `count` scores as at most about `columns` points: of neighbours that share a column the least and the greatest, so that no
   * peak is lost. null: no score. `alarms`: from which position to which an alarm was on.
   */
  view(count: number, columns: number): View {
    const first = Math.max(0, this.#length - count);
    const step = Math.max(1, Math.ceil((2 * (this.#length - first)) / columns));
    const view: View = { positions: [], scores: [], alarms: [] };
    for (let at = first; at < this.#length; at += step) this.#columnInto(view, at, Math.min(this.#length, at + step));
    this.#alarmsInto(view.alarms, first);
    return view;
  }

  /** The file that `sandglass score` writes of the same windows. */
  csv(): string {
    const rows = Array.from(
      { length: this.#length },
      (_, i) =>
        `${i + this.#forgotten},${Number.isNaN(this.#scores[i]) ? '' : shortestFloat32(this.#scores[i]!)},${this.#alarms[i]}`,
    );
    return `index,score,alarm\n${rows.join('\n')}\n`;
  }

  #columnInto({ positions, scores }: View, from: number, to: number): void {
    let [least, greatest] = [from, from];
    let missing = false;
    for (let i = from; i < to; i++) {
      if (Number.isNaN(this.#scores[i])) missing = true;
      if (!(this.#scores[i]! >= this.#scores[least]!)) least = i;
      if (!(this.#scores[i]! <= this.#scores[greatest]!)) greatest = i;
    }
    const picked = missing && to - from > 1 ? [from] : [...new Set([Math.min(least, greatest), Math.max(least, greatest)])];
    for (const i of picked) {
      positions.push(this.#positions[i]!);
      scores.push(Number.isNaN(this.#scores[i]) ? null : this.#scores[i]!);
    }
  }

  #alarmsInto(alarms: [number, number][], first: number): void {
    for (let i = first; i < this.#length; i++) {
      if (this.#alarms[i] === 0) continue;
      const position = this.#positions[i]!;
      if (i > first && this.#alarms[i - 1] === 1) alarms.at(-1)![1] = position;
      else alarms.push([position, position]);
    }
  }

  #forget(count: number): void {
    for (const values of [this.#positions, this.#scores, this.#alarms]) values.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#forgotten += count;
  }

  #grow(): void {
    const length = 2 * this.#length;
    const [positions, scores, alarms] = [new Float64Array(length), new Float32Array(length), new Uint8Array(length)];
    positions.set(this.#positions);
    scores.set(this.#scores);
    alarms.set(this.#alarms);
    [this.#positions, this.#scores, this.#alarms] = [positions, scores, alarms];
  }
}

export interface View {
  readonly positions: number[];
  readonly scores: (number | null)[];
  readonly alarms: [from: number, to: number][];
}

/** The shortest decimal that reads back as the same f32: what the command line prints. */
export function shortestFloat32(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}
