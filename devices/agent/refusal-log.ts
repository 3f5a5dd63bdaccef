import type { Log } from '../log.ts';
import type { Refusal } from '../sources/define.ts';

const [window, most] = [60_000, 3];

/** Says a few of the refusals of each reason a minute: a hostile publisher must not fill the log. */
export class RefusalLog {
  readonly #log: Log;
  readonly #said = new Map<Refusal, { since: number; count: number }>();

  constructor(log: Log) {
    this.#log = log;
  }

  add(reason: Refusal, detail: string): void {
    const now = Date.now();
    let said = this.#said.get(reason);
    if (said === undefined || now - said.since > window) {
      if (said !== undefined && said.count > most)
        this.#log.warn('refused, more of the same', { reason, count: said.count - most });
      said = { since: now, count: 0 };
      this.#said.set(reason, said);
    }
    if (++said.count <= most) this.#log.warn('refused', { reason, detail: detail.slice(0, 200) });
  }
}
