/** Of a recorded time, when it is due; of a loop, what time it has. Pure: knows no clock. */
export class Pace {
  /** Times as fast as recorded; Infinity: as fast as possible. */
  readonly #speed: number;
  #first: number | null = null;
  #due = 0;
  /** Of this turn, as recorded: the first time, and the latest so far. */
  #begin: number | null = null;
  #latest = 0;
  /** Seconds between the last two times: what lies between the end of a turn and the start of the next. */
  #interval = 0;
  /** Seconds that are added to recorded times in this turn. */
  shift = 0;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Milliseconds after the start at which what was recorded at `time` (seconds) is due; never before what came before it. */
  due(time: number): number {
    if (this.#begin === null) this.#begin = this.#latest = time;
    else if (time > this.#latest) {
      this.#interval = time - this.#latest;
      this.#latest = time;
    }
    this.#first ??= time;
    if (this.#speed !== Infinity) this.#due = Math.max(this.#due, ((time + this.shift - this.#first) * 1000) / this.#speed);
    return this.#due;
  }

  /** The recording begins again: its times go on behind the last one. */
  again(): void {
    if (this.#begin !== null) this.shift += this.#latest - this.#begin + this.#interval;
    this.#begin = null;
  }
}
