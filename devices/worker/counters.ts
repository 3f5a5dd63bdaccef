import { RefusalLog } from '../agent/refusal-log.ts';
import type { Log } from '../log.ts';
import type { Refusal } from '../sources/define.ts';

/** What a worker has done since it began, over all its partitions. */
export class Counters {
  messages = 0;
  samples = 0;
  scores = 0;
  checkpoints = 0;
  readonly refused = new Map<Refusal, number>();
  readonly #log: RefusalLog;

  constructor(log: Log) {
    this.#log = new RefusalLog(log);
  }

  refuse(reason: Refusal, detail: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    this.#log.add(reason, detail);
  }
}
