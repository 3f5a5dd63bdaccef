import type { Log } from '../log.ts';
import type { JetStream } from './jetstream.ts';
import { describeProblem, persist } from './persist.ts';

/** How far the scores of a partition are stored: all of the messages before `input`, and the first `count` of that one. */
export interface Position {
  readonly input: number;
  readonly count: number;
}

interface Item extends Position {
  readonly json: Uint8Array;
}

export interface OutboxParts {
  readonly jetstream: JetStream;
  readonly stream: string;
  readonly subject: string;
  readonly partition: number;
  /** Of the samples stream, whose sequence numbers positions are: milliseconds since 1970. */
  readonly samplesCreated: number;
  readonly log: Log;
}

const [open, comma, close] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')];

/** Of one message: many scores cost little more than one, but those who wait for them should not wait long. */
const mostBytes = 128 * 1024;

/**
 * Scores on their way into the scores stream, in order and each once. A message is a JSON array of scores; its id says how far it
 * goes. The server takes it only if the subject's last message is the one that we know of: an owner that was paused and is no longer
 * one cannot write behind the new one. Who finds another last message reads it, and goes on behind what it says is stored.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #limit: number;
  #position: Position = { input: 0, count: 0 };
  /** Sequence number of the subject's last message; 0: none. */
  #last = 0;
  #items: Item[] = [];
  #bytes = 0;
  #sending: Promise<void> | null = null;
  #isStopped = false;

  private constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#limit = Math.min(mostBytes, parts.jetstream.maxPayload - 1024);
  }

  /** Finds out what is stored. `known`: is stored in any case, where nothing of it is left. */
  static async open(known: Position, parts: OutboxParts): Promise<Outbox> {
    const outbox = new Outbox(parts);
    outbox.#position = known;
    await persist(`scores of partition ${parts.partition}`, parts.log, () => outbox.#readLast());
    return outbox;
  }

  /** All scores before it are stored. */
  get position(): Position {
    return this.#position;
  }

  /** Bytes of what is not stored. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A score (UTF-8 of its JSON), the `count`-th of its message. What is stored already is left out. */
  add(input: number, count: number, json: Uint8Array): void {
    if (!isBehind({ input, count }, this.#position)) return;
    this.#items.push({ input, count, json });
    this.#bytes += json.length;
    void this.#send();
  }

  /** Settles when all that was added is stored. Throws where it cannot be, since the outbox was stopped. */
  async drained(): Promise<void> {
    while (this.#items.length > 0) {
      if (this.#isStopped) throw new Error('internal: scores are left in an outbox that was stopped');
      await this.#send();
    }
  }

  /** Gives up: what is not stored, the next owner scores again. */
  stop(): void {
    this.#isStopped = true;
  }

  /** What is added while a message is on its way goes with the next one: the busier, the larger. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendAll();
    return this.#sending;
  }

  /** Never throws: who waits sees what is left. */
  async #sendAll(): Promise<void> {
    const { partition, log } = this.#parts;
    const isWanted = (): boolean => !this.#isStopped;
    try {
      // The other scores of the same message come in this turn still.
      await Promise.resolve();
      while (this.#items.length > 0 && isWanted()) {
        await persist(`scores of partition ${partition}`, log, () => this.#sendOnce(), isWanted);
      }
    } catch (error) {
      if (isWanted()) log.error('scores are not stored', { partition, problem: describeProblem(error) });
    } finally {
      this.#sending = null;
    }
  }

  async #sendOnce(): Promise<void> {
    const { jetstream, subject, partition, samplesCreated } = this.#parts;
    const count = this.#countOfNext();
    if (count === 0) return;
    const items = this.#items.slice(0, count);
    const { input, count: through } = items.at(-1)!;
    const id = `${samplesCreated.toString(36)}:${partition}:${input}:${through}`;
    const result = await jetstream.publish(subject, arrayOf(items), { id, after: this.#last });
    if (result.kind === 'stored') {
      this.#last = result.seq;
      this.#moveTo({ input, count: through });
      return;
    }
    const before = this.#last;
    await this.#readLast();
    // What was published before a node died may be on its way still.
    if (this.#last === before) throw new Error('the last message is another one than the server says');
  }

  async #readLast(): Promise<void> {
    const { jetstream, stream, subject, samplesCreated } = this.#parts;
    const last = await jetstream.last(stream, subject);
    this.#last = last?.seq ?? 0;
    const [created, , input, count] = (last?.id ?? '').split(':');
    if (created !== samplesCreated.toString(36)) return;
    this.#moveTo({ input: Number(input), count: Number(count) });
  }

  #moveTo(position: Position): void {
    if (!isBehind(position, this.#position)) return;
    this.#position = position;
    const left = this.#items.findIndex((item) => isBehind(item, position));
    for (const { json } of this.#items.splice(0, left < 0 ? this.#items.length : left)) this.#bytes -= json.length;
  }

  #countOfNext(): number {
    let bytes = 2;
    let count = 0;
    for (const { json } of this.#items) {
      bytes += json.length + 1;
      if (count > 0 && bytes > this.#limit) break;
      count++;
    }
    return count;
  }
}

const isBehind = (a: Position, b: Position): boolean => a.input > b.input || (a.input === b.input && a.count > b.count);

function arrayOf(items: readonly Item[]): Uint8Array {
  const parts: Uint8Array[] = [open];
  items.forEach(({ json }, i) => (i === 0 ? parts.push(json) : parts.push(comma, json)));
  return Buffer.concat([...parts, close]);
}
