import type { Log } from '../log.ts';
import { infoOf, type JetStream, type JsMsg, type PullConsumer } from './jetstream.ts';
import { describeProblem, persist } from './persist.ts';

const atOnce = 256;
const expiresMs = 2000;

/** One message of a partition. */
export interface Message {
  /** In the stream: grows, with gaps, since other partitions are in it too. */
  readonly seq: number;
  readonly data: Uint8Array;
}

export interface InboxParts {
  readonly jetstream: Pick<JetStream, 'connection' | 'consume' | 'endConsumer'>;
  readonly stream: string;
  readonly subject: string;
  /** Begins the names of its consumers; unique to this ownership, so that acknowledgements of another one mean nothing here. */
  readonly name: string;
  /** Messages that may wait for their acknowledgement. */
  readonly maxPending: number;
  readonly log: Log;
  /** Throws Fenced if the partition is somebody else's. */
  readonly confirm: () => Promise<void>;
}

/**
 * The messages of a partition, each once, in the order of the stream. The stream lets go of a message when it is acknowledged, so a
 * consumer that is made anew begins with the first that is not. Within one consumer the server counts what it delivers; where that
 * count jumps, a message was lost on the way (a node or a connection died), and the consumer is made anew.
 */
export class Inbox {
  resets = 0;
  readonly #parts: InboxParts;
  #consumer: PullConsumer | null = null;
  #name = '';
  /** Count of the server at the last message that came. */
  #delivered = 0;
  /** Last message that was given out. */
  #last: number;
  #acknowledged: number;
  /** What was given out and is not acknowledged, in order. */
  #waiting: JsMsg[] = [];
  #isStopped = false;
  #stopFetch: () => void = () => {};

  /** `after`: the last message that was dealt with before. */
  constructor(after: number, parts: InboxParts) {
    this.#parts = parts;
    this.#last = after;
    this.#acknowledged = after;
  }

  /** Messages that were given out and are not acknowledged. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Ends after `stop`. Throws Fenced. */
  async *messages(): AsyncGenerator<Message> {
    const { log, subject } = this.#parts;
    while (!this.#isStopped) {
      const consumer = this.#consumer ?? (await this.#open());
      let came = 0;
      let problem: string | null = null;
      try {
        const fetch = await consumer.fetch({ max_messages: atOnce, expires: expiresMs });
        this.#stopFetch = () => void fetch.close();
        if (this.#isStopped) void fetch.close();
        for await (const message of fetch) {
          came++;
          const { deliverySequence } = message.info;
          if (deliverySequence !== ++this.#delivered) {
            problem = 'a message was lost on the way';
            break;
          }
          if (this.#accept(message)) yield message;
        }
        void fetch.close();
        if (problem === null && came === 0) problem = await this.#difference(consumer);
      } catch (error) {
        // A node that dies takes its fetches along, not the consumer: it goes on where another node leads it.
        if (this.#isStopped) return;
        log.debug('fetch ended', { subject, problem: describeProblem(error) });
        problem = await persist(
          `consumer of ${subject}`,
          log,
          () => this.#difference(consumer),
          () => !this.#isStopped,
        );
      }
      if (problem !== null) this.#reset(problem);
    }
  }

  /** Of all messages up to this one, which are dealt with for good. */
  acknowledge(upTo: number): void {
    this.#acknowledged = upTo;
    const left = this.#waiting.findIndex(({ seq }) => seq > upTo);
    for (const message of this.#waiting.splice(0, left < 0 ? this.#waiting.length : left)) message.ack();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopFetch();
  }

  /** Ends the consumer, so that the next owner need not. */
  async close(): Promise<void> {
    this.stop();
    // What was acknowledged has to be there before the consumer goes.
    await this.#parts.jetstream.connection.flush();
    if (this.#consumer !== null) await this.#parts.jetstream.endConsumer(this.#parts.stream, this.#name);
    this.#consumer = null;
  }

  /** Whether the message is to be given out. */
  #accept(message: JsMsg): boolean {
    if (message.seq <= this.#acknowledged) {
      message.ack();
      return false;
    }
    this.#waiting.push(message);
    if (message.seq <= this.#last) return false;
    this.#last = message.seq;
    return true;
  }

  /** Of an idle consumer: what the server knows otherwise than we do, or null. */
  async #difference(consumer: PullConsumer): Promise<string | null> {
    const info = await infoOf(consumer);
    if (info === null) return 'it is gone';
    const { delivered, num_ack_pending: pending } = info;
    if (delivered.consumer_seq !== this.#delivered) return 'a message was lost on the way';
    return pending > this.#waiting.length ? 'an acknowledgement was lost on the way' : null;
  }

  #reset(reason: string): void {
    if (this.#isStopped) return;
    this.#parts.log.info('consumer begins anew', { consumer: this.#name, reason });
    this.resets++;
    this.#consumer = null;
  }

  async #open(): Promise<PullConsumer> {
    const { jetstream, stream, subject, name, maxPending, log, confirm } = this.#parts;
    const isWanted = (): boolean => !this.#isStopped;
    const before = this.#name;
    this.#name = `${name}-${Date.now().toString(36)}`;
    this.#waiting = [];
    this.#delivered = 0;
    return persist(
      `consumer ${name}`,
      log,
      async () => {
        if (before !== '') await jetstream.endConsumer(stream, before);
        await confirm();
        this.#consumer = await jetstream.consume(stream, subject, this.#name, maxPending);
        return this.#consumer;
      },
      isWanted,
    );
  }
}
