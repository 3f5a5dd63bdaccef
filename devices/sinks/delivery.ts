import type { Log } from '../log.ts';
import { reason } from '../mqtt/reasons.ts';
import type { PublishError } from '../mqtt/in-flight.ts';
import type { Consumer, Entry } from '../spool/define.ts';

interface Flight {
  readonly position: number;
  isDone: boolean;
}

/** What sends a record; `sent` is called when the broker has it, or does not take it. */
export type Send = (entry: Entry, sent: (error: PublishError | null) => void) => void;

/** Records that are read from the spool at once. */
const batch = 256;

/**
 * Brings the records of the spool to the broker, in order: many are on their way at once, but the cursor stands before the first that is not
 * acknowledged. After a new connection it goes on from there, so a record may come twice but none is left out. A record is never sent after
 * a later one over the same connection: where the broker refuses one for now, the connection is given up.
 */
export class Delivery {
  readonly #consumer: Consumer;
  readonly #log: Log;
  readonly #send: Send;
  readonly #giveUp: (why: string, code: number | null) => void;
  #flights: Flight[] = [];
  #next = 0;
  #acknowledging: NodeJS.Immediate | undefined;
  /** Records up to here go one by one: one of them is too large for the broker, which does not say which. */
  #oneByOneUntil = -1;
  /** Records that the broker would never have taken. */
  skipped = 0;

  constructor(consumer: Consumer, send: Send, giveUp: (why: string, code: number | null) => void, log: Log) {
    this.#consumer = consumer;
    this.#send = send;
    this.#giveUp = giveUp;
    this.#log = log;
    this.#next = consumer.position;
  }

  /** Whether all that the spool has is delivered. */
  get isIdle(): boolean {
    return this.#flights.length === 0 && this.#consumer.read(this.#next, 1).length === 0;
  }

  /** Sends as many records as there is room for. */
  pump(room: number): void {
    for (let left = room; left > 0;) {
      this.#next = Math.max(this.#next, this.#consumer.position);
      const isCareful = this.#next <= this.#oneByOneUntil;
      if (isCareful && this.#flights.length > 0) return;
      const entries = this.#consumer.read(this.#next, isCareful ? 1 : Math.min(left, batch));
      if (entries.length === 0) return;
      left -= entries.length;
      const flights = this.#flights;
      for (const entry of entries) {
        this.#next = entry.position + 1;
        const flight: Flight = { position: entry.position, isDone: false };
        flights.push(flight);
        // Of an earlier connection: what it says no longer counts.
        this.#send(entry, (error) => this.#flights === flights && this.#sent(flight, error));
        if (this.#flights !== flights) return;
      }
      if (isCareful) return;
    }
  }

  /** The connection is lost: all that was not acknowledged is to be sent again. */
  restart(code: number | null): void {
    this.#acknowledge();
    const [first] = this.#flights;
    if (code === reason.packetTooLarge && first !== undefined) {
      if (this.#flights.length === 1) this.#skip(first.position, 'the broker ended the connection: too large');
      else this.#oneByOneUntil = this.#flights.at(-1)?.position ?? -1;
    }
    this.#flights = [];
    this.#next = this.#consumer.position;
  }

  #sent(flight: Flight, error: PublishError | null): void {
    if (error?.kind === 'refused') return this.#giveUp(error.message, error.code);
    // Not delivered: `restart` follows.
    if (error?.kind === 'offline' || error?.kind === 'full') return undefined;
    if (error !== null) this.#tell(flight.position, error.message);
    flight.isDone = true;
    // Once for all that the broker acknowledged in this turn of the event loop.
    this.#acknowledging ??= setImmediate(() => this.#acknowledge());
    return undefined;
  }

  #acknowledge(): void {
    clearImmediate(this.#acknowledging);
    this.#acknowledging = undefined;
    let done = 0;
    while (this.#flights[done]?.isDone === true) done++;
    const last = this.#flights[done - 1];
    if (last === undefined) return;
    this.#flights.splice(0, done);
    // The spool may have dropped more meanwhile.
    if (last.position >= this.#consumer.position) this.#consumer.acknowledge(last.position + 1);
  }

  #skip(position: number, why: string): void {
    this.#tell(position, why);
    this.#consumer.acknowledge(position + 1);
  }

  #tell(position: number, why: string): void {
    this.skipped++;
    // Each of the first few, then now and then.
    if (this.skipped <= 5 || this.skipped % 1000 === 0) {
      this.#log.error('a record is left out: the broker will never take it', { position, why, skipped: this.skipped });
    }
  }
}
