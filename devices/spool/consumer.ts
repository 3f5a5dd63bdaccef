import type { Journal, JournalReader } from '../journal/journal.ts';
import type { Consumer, Entry } from './define.ts';

/** What a consumer needs of its spool. */
export interface ConsumerContext {
  readonly journal: Journal;
  /** The position has changed: what nobody needs can go. */
  moved(): void;
  readonly listeners: Set<() => void>;
}

export class SpoolConsumer implements Consumer {
  readonly #name: string;
  readonly #context: ConsumerContext;
  readonly #reader: JournalReader;
  #position: number;

  constructor(name: string, position: number, context: ConsumerContext) {
    this.#name = name;
    this.#position = position;
    this.#context = context;
    this.#reader = context.journal.reader();
  }

  get position(): number {
    return this.#position;
  }

  read(from: number, most: number): readonly Entry[] {
    const { entries, reached } = this.#reader.read(from, most);
    // Nothing is left of what it had to read: it would wait for it in vain.
    if (entries.length === 0 && from <= this.#position && reached > this.#position) this.acknowledge(reached);
    return entries;
  }

  acknowledge(position: number): void {
    if (position > this.#context.journal.next) {
      throw new Error(`internal: ${this.#name} acknowledges ${position}, the next record is ${this.#context.journal.next}`);
    }
    if (position <= this.#position) return;
    this.#position = position;
    this.#context.moved();
  }

  /** What is before `position` is dropped. */
  skipTo(position: number): void {
    this.#position = Math.max(this.#position, position);
  }

  onAppended(listener: () => void): () => void {
    // Its own function, so that the same one given twice is called twice and ended once.
    const own = (): void => listener();
    this.#context.listeners.add(own);
    return () => this.#context.listeners.delete(own);
  }
}
