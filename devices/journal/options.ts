import { quiet, type Log } from '../log.ts';
import { systemClock, type Clock } from './clock.ts';

export interface JournalOptions {
  /** Made if it is not there. Nobody else may write into it. */
  readonly folder: string;
  /** Bytes at which a new segment is begun; what is dropped, is dropped by segments. A record must fit into one. */
  readonly segmentBytes: number;
  /** Milliseconds after which a new segment is begun, though the last one has room. */
  readonly segmentMs: number;
  /** Bytes of the newest records that are kept in memory for those who read near the end. 0: none. */
  readonly cacheBytes: number;
  /** How many of them at most. */
  readonly cacheRecords: number;
  /** Bytes of memory for what a full or broken disk does not take. Beyond it the oldest of them are dropped. */
  readonly pendingBytes: number;
  /** Milliseconds from one try to write to the next one, while the disk does not take anything. */
  readonly retryMs: number;
  readonly policy: Policy;
  readonly log: Log;
  readonly clock: Clock;
}

/** Who decides what goes when there is no room. */
export interface Policy {
  /** That many bytes are about to be taken. May drop older records. */
  beforeTaking(bytes: number): void;
  /** More waits in memory than may. True: older records were dropped on disk, try again. False: drop what waits. */
  makeRoom(): boolean;
}

const keepEverything: Policy = { beforeTaking() {}, makeRoom: () => false };

export const journalDefaults: Omit<JournalOptions, 'folder'> = {
  segmentBytes: 8 * 1024 * 1024,
  segmentMs: Infinity,
  cacheBytes: 0,
  cacheRecords: 0,
  pendingBytes: 16 * 1024 * 1024,
  retryMs: 1000,
  policy: keepEverything,
  log: quiet,
  clock: systemClock,
};
