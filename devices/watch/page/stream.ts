import type { Show, Update } from '../view.ts';

export interface Wish {
  readonly filter: string;
  readonly show: Show;
  readonly limit: number;
}

/** Updates from the watch. With another wish the stream begins anew, with everything. */
export class Stream {
  readonly #onUpdate: (update: Update) => void;
  readonly #onState: (isOpen: boolean) => void;
  #source: EventSource | null = null;
  #query = '';

  constructor(onUpdate: (update: Update) => void, onState: (isOpen: boolean) => void) {
    this.#onUpdate = onUpdate;
    this.#onState = onState;
  }

  open({ filter, show, limit }: Wish): void {
    const query = String(new URLSearchParams({ filter, show, limit: String(limit) }));
    if (query === this.#query && this.#source !== null && this.#source.readyState !== EventSource.CLOSED) return;
    this.#query = query;
    this.#source?.close();
    const source = new EventSource(`events?${query}`);
    this.#source = source;
    source.addEventListener('open', () => this.#onState(true));
    source.addEventListener('message', ({ data }) => this.#onUpdate(JSON.parse(data)));
    source.addEventListener('error', () => {
      this.#onState(false);
      // The browser tries again by itself, but for an answer that is no stream: too many pages are open.
      if (source.readyState !== EventSource.CLOSED || source !== this.#source) return;
      setTimeout(() => source === this.#source && this.open({ filter, show, limit }), 5000);
    });
  }
}
