import type { Receiver } from './define.ts';

export interface AssemblerOptions {
  /**
   * Milliseconds, by the samples' own times, for which a sample waits for earlier ones, so that they go on in order. 0: samples go on as they come,
   * and what is late is dropped and counted by the agent.
   */
  readonly reorderMs: number;
  /** Milliseconds after which what is incomplete, or waits for its turn, goes on as it is. */
  readonly combineTimeoutMs: number;
  /** Sensors of which something is remembered; messages of more are refused. */
  readonly maxSensors: number;
}

export const assemblerDefaults: AssemblerOptions = { reorderMs: 0, combineTimeoutMs: 10_000, maxSensors: 20_000 };

/** What one message says of a sensor. */
export interface Part {
  readonly sensor: string;
  /** Seconds since 1970; null: the message has none. */
  readonly time: number | null;
  /** f32[channels], NaN where the message says nothing. */
  readonly values: Float32Array;
  /** Whether other messages may say more of the same sample. */
  readonly isPartial: boolean;
  /** Seconds since 1970 of its arrival. */
  readonly arrived: number;
}

/** A sample that waits: for its other channels, or for earlier ones. */
interface Open {
  readonly time: number;
  readonly values: Float32Array;
  /** Channels that have not come. */
  missing: number;
  readonly arrived: number;
}

interface Waiting {
  /** By time, the earliest first. */
  readonly open: Open[];
  /** A sample whose messages have no time. */
  untimed: Open | null;
  /** Latest time that has come, and latest that has gone on. */
  newest: number;
  emitted: number;
  arrived: number;
}

/** Times nearer than this are one: the same instant, written in milliseconds and as ISO 8601, may differ in the last bit. */
const sameSeconds = 1e-6;
/** A time that is this much before the last one is no late sample but a clock that was set back. */
const setBackSeconds = 60;
/** Samples of one sensor that wait; more means that times make no sense, and the earliest go on. */
const maxOpen = 1000;
/** A sensor that said nothing for so long is forgotten. */
const forgetSeconds = 3600;

/**
 * Puts together samples of which each message has a part, and into order those that come out of order.
 *
 * - With times: values of the same time are one sample. It goes on when all channels are there, or a later time comes (with `reorderMs`:
 *   comes that much later); what has not come by then is NaN. The first value of a channel stays.
 * - Without times: it goes on when all channels have come, or one comes for the second time.
 * - A sample that is not later than the last one that went on goes on as it is: the agent counts it as late. One more than a minute
 *   before it is a clock that was set back: the sensor begins anew.
 * - Whole samples of a time that waits already are duplicates, and dropped.
 */
export class Assembler {
  readonly #artifact: string;
  readonly #options: AssemblerOptions;
  readonly #hold: number;
  readonly #sensors = new Map<string, Waiting>();
  /** Whole samples that came twice while the first one waited. */
  duplicates = 0;

  constructor(artifact: string, options: AssemblerOptions) {
    this.#artifact = artifact;
    this.#options = options;
    this.#hold = options.reorderMs / 1000;
  }

  /** false: there are too many sensors already. */
  take(part: Part, receiver: Receiver): boolean {
    const { sensor, time } = part;
    let waiting = this.#sensors.get(sensor);
    if (waiting === undefined) {
      if (this.#sensors.size >= this.#options.maxSensors) return false;
      waiting = { open: [], untimed: null, newest: -Infinity, emitted: -Infinity, arrived: part.arrived };
      this.#sensors.set(sensor, waiting);
    }
    waiting.arrived = part.arrived;
    if (time === null) this.#takeUntimed(part, waiting, receiver);
    else this.#takeTimed(part, time, waiting, receiver);
    return true;
  }

  /** Lets go on what has waited too long. `now` in seconds; to be called each second or so, for plants that fall silent. */
  expire(now: number, receiver: Receiver): void {
    const before = now - this.#options.combineTimeoutMs / 1000;
    for (const [sensor, waiting] of this.#sensors) {
      const late = waiting.open.findLastIndex(({ arrived }) => arrived <= before);
      for (let i = 0; i <= late; i++) this.#emitFirst(sensor, waiting, receiver);
      if (waiting.untimed !== null && waiting.untimed.arrived <= before) this.#emitUntimed(sensor, waiting, receiver);
      // The clock of this machine may have been set, too: then nothing is forgotten too early.
      if (waiting.arrived < now - forgetSeconds && waiting.open.length === 0 && waiting.untimed === null)
        this.#sensors.delete(sensor);
    }
  }

  /** Lets all go on: at the end. */
  flush(receiver: Receiver): void {
    for (const [sensor, waiting] of this.#sensors) this.#flushSensor(sensor, waiting, receiver);
  }

  #flushSensor(sensor: string, waiting: Waiting, receiver: Receiver): void {
    while (waiting.open.length > 0) this.#emitFirst(sensor, waiting, receiver);
    if (waiting.untimed !== null) this.#emitUntimed(sensor, waiting, receiver);
  }

  #takeTimed(part: Part, time: number, waiting: Waiting, receiver: Receiver): void {
    const { sensor, values } = part;
    if (time < waiting.newest - setBackSeconds - this.#hold) {
      this.#flushSensor(sensor, waiting, receiver);
      waiting.newest = waiting.emitted = -Infinity;
    }
    if (time < waiting.emitted + sameSeconds) {
      receiver.take({ artifact: this.#artifact, sensor, time, values });
      return;
    }
    const { open } = waiting;
    // Nearly always the last one, or behind it.
    const before = open.findLastIndex((other) => other.time < time + sameSeconds);
    const same = open[before];
    if (same !== undefined && same.time > time - sameSeconds) {
      if (part.isPartial) merge(same, values);
      else this.duplicates++;
    } else
      open.splice(before + 1, 0, { time, values, missing: part.isPartial ? countMissing(values) : 0, arrived: part.arrived });
    waiting.newest = Math.max(waiting.newest, time);
    while (open.length > 0 && (this.#isDue(open[0]!, waiting) || open.length > maxOpen))
      this.#emitFirst(sensor, waiting, receiver);
  }

  #isDue({ time, missing }: Open, { newest }: Waiting): boolean {
    if (this.#hold > 0) return newest - time >= this.#hold;
    return missing === 0 || time < newest;
  }

  #takeUntimed({ sensor, values, isPartial, arrived }: Part, waiting: Waiting, receiver: Receiver): void {
    if (!isPartial) {
      receiver.take({ artifact: this.#artifact, sensor, time: null, values });
      return;
    }
    if (waiting.untimed !== null && overlaps(waiting.untimed.values, values)) this.#emitUntimed(sensor, waiting, receiver);
    if (waiting.untimed === null) waiting.untimed = { time: NaN, values, missing: countMissing(values), arrived };
    else merge(waiting.untimed, values);
    if (waiting.untimed.missing === 0) this.#emitUntimed(sensor, waiting, receiver);
  }

  #emitFirst(sensor: string, waiting: Waiting, receiver: Receiver): void {
    const { time, values } = waiting.open.shift()!;
    waiting.emitted = time;
    receiver.take({ artifact: this.#artifact, sensor, time, values });
  }

  #emitUntimed(sensor: string, waiting: Waiting, receiver: Receiver): void {
    const { values } = waiting.untimed!;
    waiting.untimed = null;
    receiver.take({ artifact: this.#artifact, sensor, time: null, values });
  }
}

const countMissing = (values: Float32Array): number => values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);

/** What is there stays. */
function merge(open: Open, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(open.values[i]) || Number.isNaN(values[i])) continue;
    open.values[i] = values[i]!;
    open.missing--;
  }
}

const overlaps = (a: Float32Array, b: Float32Array): boolean => a.some((value, i) => !Number.isNaN(value) && !Number.isNaN(b[i]));
