import type { Log } from '../log.ts';
import { FrameBuilder } from './frame.ts';
import type { JetStream } from './jetstream.ts';
import { persist } from './persist.ts';

export interface LaneParts {
  readonly jetstream: JetStream;
  readonly subject: string;
  readonly idPrefix: string;
  readonly lingerMs: number;
  readonly frameBytes: number;
  readonly log: Log;
}

/**
 * Samples of one partition on their way into the stream. One message at a time is on its way, or a failed one would come after the
 * next. A message goes when it is full, or when its first sample has waited long enough.
 */
export class Lane {
  messages = 0;
  readonly #parts: LaneParts;
  /** By artifact: the message that takes its next sample. */
  readonly #builders = new Map<string, FrameBuilder>();
  readonly #full: Uint8Array[] = [];
  /** Counts of messages: closed, and stored by the server. */
  #closed = 0;
  #timer: NodeJS.Timeout | null = null;
  #isSending = false;
  #waiting: { readonly messages: number; readonly resolve: () => void }[] = [];

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.messages === this.#closed && [...this.#builders.values()].every(({ samples }) => samples === 0);
  }

  add(artifact: string, sensor: string, time: number | null, values: Float32Array): void {
    const key = `${values.length}/${artifact}`;
    let builder = this.#builders.get(key);
    if (builder === undefined) {
      builder = new FrameBuilder(artifact, values.length);
      this.#builders.set(key, builder);
    }
    builder.add(sensor, time, values);
    if (builder.bytes >= this.#parts.frameBytes || builder.isFull) {
      this.#close(builder);
      this.#send();
    } else if (this.#timer === null) this.#timer = setTimeout(() => this.#flush(), this.#parts.lingerMs);
  }

  /** Settles when all that was added before is stored. */
  stored(): Promise<void> {
    const open = [...this.#builders.values()].filter(({ samples }) => samples > 0).length;
    const messages = this.#closed + open;
    if (messages === this.messages) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ messages, resolve }));
  }

  #flush(): void {
    this.#timer = null;
    for (const builder of this.#builders.values()) this.#close(builder);
    this.#send();
  }

  #close(builder: FrameBuilder): void {
    if (builder.samples === 0) return;
    this.#full.push(builder.take());
    this.#closed++;
  }

  #send(): void {
    if (!this.#isSending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    const { jetstream, subject, idPrefix, log } = this.#parts;
    this.#isSending = true;
    for (let frame = this.#full.shift(); frame !== undefined; frame = this.#full.shift()) {
      const message = frame;
      const id = `${idPrefix}:${this.messages}`;
      await persist(`samples for ${subject}`, log, () => jetstream.publish(subject, message, { id }));
      this.messages++;
      const left = this.#waiting.findIndex(({ messages }) => messages > this.messages);
      for (const { resolve } of this.#waiting.splice(0, left < 0 ? this.#waiting.length : left)) resolve();
    }
    this.#isSending = false;
  }
}
