/** Which row a sensor has, and what is remembered of each in a few bytes. Rows of sensors that went are given to others. */
export class Rows {
  /** Messages that were published of the sensor. */
  seq = new Float64Array(0);
  /** 1: its alarm is on. */
  alarmOn = new Uint8Array(0);
  /** Scores in a row that want to change that. */
  alarmCount = new Uint32Array(0);
  /** Of the last window; NaN: none. */
  lastScore = new Float32Array(0);
  /** Seconds since 1970 of its newest sample; NaN: without time. */
  lastTime = new Float64Array(0);
  /** Milliseconds since 1970 when it was scored; 0: never. */
  scoredAt = new Float64Array(0);
  /** Milliseconds since 1970 when the last sample came. */
  seenAt = new Float64Array(0);
  /** Number in the journal; -1: it has none yet. */
  journalId = new Int32Array(0);
  /** Is told of the new number of rows, before they are used. */
  onGrown: (rows: number) => void = () => {};
  readonly #rows = new Map<string, number>();
  readonly #names: (string | undefined)[] = [];
  readonly #free: number[] = [];

  get count(): number {
    return this.#rows.size;
  }

  /** Row of a sensor; null: it is not known. */
  find(sensor: string): number | null {
    return this.#rows.get(sensor) ?? null;
  }

  /** Row of a sensor, which is made where it is not known. */
  take(sensor: string): number {
    const known = this.#rows.get(sensor);
    if (known !== undefined) return known;
    const row = this.#free.pop() ?? this.#names.length;
    if (row >= this.seq.length) this.#grow(Math.max(16, Math.ceil(row * 1.125)));
    this.#rows.set(sensor, row);
    this.#names[row] = sensor;
    for (const column of [this.seq, this.alarmOn, this.alarmCount, this.scoredAt, this.seenAt]) column[row] = 0;
    this.lastScore[row] = NaN;
    this.lastTime[row] = NaN;
    this.journalId[row] = -1;
    return row;
  }

  /** Row that the sensor had. */
  remove(sensor: string): number | null {
    const row = this.#rows.get(sensor);
    if (row === undefined) return null;
    this.#rows.delete(sensor);
    this.#names[row] = undefined;
    this.#free.push(row);
    return row;
  }

  nameOf(row: number): string {
    const name = this.#names[row];
    if (name === undefined) throw new Error(`internal: no sensor has row ${row}`);
    return name;
  }

  names(): Iterable<string> {
    return this.#rows.keys();
  }

  used(): Iterable<number> {
    return this.#rows.values();
  }

  /** A window was due. */
  note(row: number, score: number, time: number | null): void {
    this.lastScore[row] = score;
    this.lastTime[row] = time ?? NaN;
    this.scoredAt[row] = Date.now();
  }

  #grow(rows: number): void {
    this.seq = grown(this.seq, new Float64Array(rows));
    this.alarmOn = grown(this.alarmOn, new Uint8Array(rows));
    this.alarmCount = grown(this.alarmCount, new Uint32Array(rows));
    this.lastScore = grown(this.lastScore, new Float32Array(rows));
    this.lastTime = grown(this.lastTime, new Float64Array(rows));
    this.scoredAt = grown(this.scoredAt, new Float64Array(rows));
    this.seenAt = grown(this.seenAt, new Float64Array(rows));
    this.journalId = grown(this.journalId, new Int32Array(rows));
    this.onGrown(rows);
  }
}

function grown<T extends Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
