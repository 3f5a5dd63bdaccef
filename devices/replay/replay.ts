import { basename } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { readTime } from '../sources/time.ts';
import { columnsOf, type Columns, type ColumnOptions } from './columns.ts';
import { replayFormats, type ReplayFormat, type Said } from './encode.ts';
import { Pace } from './pace.ts';
import type { Publisher } from './publisher.ts';
import type { Recording, Row } from './recording.ts';
import { isoOf, moved } from './times.ts';

export interface ReplayOptions extends ColumnOptions {
  /** Where to: `sensors/{sensor}`; {sensor} and names of columns stand for what the row says. */
  readonly topic: string;
  readonly format: ReplayFormat;
  /** Times as fast as recorded; Infinity: as fast as the broker takes it. */
  readonly speed: number;
  /** Samples per second of each sensor, where the recording has no time; null: it has. */
  readonly rateHz: number | null;
  /** How often it is played; Infinity: until it is stopped. */
  readonly loops: number;
  /** Messages on their way at most. */
  readonly window: number;
}

export const replayDefaults: ReplayOptions = {
  topic: 'sensors/{sensor}',
  format: 'json-object',
  speed: 1,
  rateHz: null,
  loops: 1,
  window: 256,
  time: null,
  sensor: null,
  columns: null,
};

/** What a replay measures time by; another one in tests. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

export interface Replayed {
  readonly messages: number;
  /** What it was slower than asked for at the end, in milliseconds. */
  readonly behindMs: number;
}

/**
 * Publishes a recording as if its sensors were measuring now, each message with the time that was recorded (in later turns, times go on
 * behind the last one). Ends with the recording, or when `stop` says so. Throws an InputError for what the recording does not have.
 */
export async function replay(
  recording: Recording,
  options: ReplayOptions,
  publisher: Pick<Publisher, 'publish'>,
  clock: Clock,
  stop: AbortSignal,
): Promise<Replayed> {
  const columns = columnsOf(recording, options);
  if (columns.time === null && options.rateHz === null && options.speed !== Infinity) {
    throw new InputError({
      where: recording.name,
      what: `has no column of time; its header names ${recording.header.slice(0, 12).join(', ')}`,
      hint: 'Say which it is with --time, or how many samples come per second with --hz, or --rate max.',
    });
  }
  const said = new Rows(recording, columns, options, clock.now() / 1000);
  const encode = replayFormats[options.format];
  const measurement = basename(recording.name).replace(/\.csv(\.gz)?$/i, '');
  const started = clock.now();
  const window = new Window(options.window);
  let [messages, due] = [0, 0];
  for (let turn = 0; turn < options.loops && !stop.aborted; turn++) {
    for await (const row of recording.rows()) {
      if (stop.aborted) break;
      const { topic, ...next } = said.next(row);
      due = next.due;
      const early = started + due - clock.now();
      // Timers are as coarse as a millisecond.
      if (early >= 1) await clock.wait(early);
      const payload = encode(next.said, measurement);
      await window.add(publisher.publish(topic, typeof payload === 'string' ? Buffer.from(payload) : payload));
      messages++;
    }
    if (messages === 0)
      throw new InputError({ where: recording.name, what: 'has no rows', hint: 'Give one with rows below its header.' });
    said.again();
  }
  await window.end();
  return { messages, behindMs: Math.max(0, clock.now() - started - due) };
}

/** Rows with their time and place. */
class Rows {
  readonly #recording: Recording;
  readonly #columns: Columns;
  readonly #pace: Pace;
  readonly #interval: number | null;
  readonly #start: number;
  /** Rows of each sensor, where times are counted. */
  readonly #counts = new Map<string, number>();
  readonly #sensor: string;

  /** `now`: seconds since 1970, where the recording has no times. */
  constructor(recording: Recording, columns: Columns, { speed, rateHz }: ReplayOptions, now: number) {
    this.#recording = recording;
    this.#columns = columns;
    this.#pace = new Pace(speed);
    this.#interval = columns.time === null && rateHz !== null ? 1 / rateHz : null;
    this.#start = now;
    this.#sensor = basename(recording.name).replace(/\.csv(\.gz)?$/i, '');
  }

  next({ fields, number }: Row): { readonly topic: string; readonly due: number; readonly said: Said } {
    const { names, values, sensor: column, topic } = this.#columns;
    const sensor = column === null ? this.#sensor : fields[column]!;
    const time = this.#time(fields, number, sensor);
    const due = time === null ? 0 : this.#pace.due(time.seconds - this.#pace.shift);
    const said = { sensor, names, values: values.map((place) => fields[place]!), time };
    const filled = topic.map((part) =>
      'text' in part ? part.text : levelOf(part.column === null ? sensor : fields[part.column]!),
    );
    const bad = filled.indexOf(null);
    if (bad < 0) return { topic: filled.join(''), due, said };
    throw new InputError({
      where: `${this.#recording.name}, row ${number}`,
      what: 'names a sensor that is no level of a topic: it is empty, or holds / + or #',
      hint: 'Rename it in the recording.',
    });
  }

  /** The recording begins again. Counted times go on by themselves. */
  again(): void {
    if (this.#interval === null) this.#pace.again();
  }

  #time(fields: readonly string[], number: number, sensor: string): Said['time'] {
    const { time: column } = this.#columns;
    if (column === null) {
      if (this.#interval === null) return null;
      const count = this.#counts.get(sensor) ?? 0;
      this.#counts.set(sensor, count + 1);
      const seconds = this.#start + count * this.#interval;
      return { name: 'time', text: isoOf(seconds), seconds };
    }
    const text = fields[column]!;
    const seconds = readTime(text, 'auto');
    if (!Number.isNaN(seconds)) {
      const { shift } = this.#pace;
      return { name: this.#recording.header[column]!, text: moved(text, shift), seconds: seconds + shift };
    }
    throw new InputError({
      where: `${this.#recording.name}, row ${number}, ${this.#recording.header[column]}`,
      what: `is ${JSON.stringify(text.slice(0, 40))}; expected a time, ISO 8601 or seconds`,
      hint: 'Mend it, or say with --time which column is the time.',
    });
  }
}

const levelOf = (text: string): string | null => (text === '' || /[/+#\0]/.test(text) ? null : text);

/** Promises of which so many may be open. */
class Window {
  readonly #most: number;
  readonly #open = new Set<Promise<void>>();
  #error: unknown = null;

  constructor(most: number) {
    this.#most = most;
  }

  /** Settles when there is room for the next one. */
  async add(promise: Promise<void>): Promise<void> {
    const settled = promise.then(
      () => void this.#open.delete(settled),
      (error: unknown) => {
        this.#open.delete(settled);
        this.#error ??= error;
      },
    );
    this.#open.add(settled);
    if (this.#open.size >= this.#most) await Promise.race(this.#open);
    this.#check();
  }

  async end(): Promise<void> {
    await Promise.all(this.#open);
    this.#check();
  }

  #check(): void {
    if (this.#error !== null) throw this.#error;
  }
}
