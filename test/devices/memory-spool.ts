import type { Consumer, Entry } from '../../devices/spool/define.ts';

/** A spool's one consumer, in memory. */
export class MemoryConsumer implements Consumer {
  readonly #records: Entry[] = [];
  readonly #listeners = new Set<() => void>();
  position = 0;
  acknowledgements = 0;

  get next(): number {
    return this.#records.length;
  }

  append(records: readonly Uint8Array[]): void {
    for (const data of records) this.#records.push({ position: this.#records.length, data });
    for (const listener of this.#listeners) listener();
  }

  read(from: number, most: number): readonly Entry[] {
    return this.#records.slice(from, from + most);
  }

  acknowledge(position: number): void {
    if (position < this.position) throw new Error(`acknowledged ${position} after ${this.position}`);
    this.position = position;
    this.acknowledgements++;
  }

  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
