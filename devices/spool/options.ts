import { systemClock, type Clock } from '../journal/clock.ts';
import { quiet, type Log } from '../log.ts';
import type { SpoolLimits } from './define.ts';

export interface SpoolOptions extends SpoolLimits {
  /** Made if it is not there; one process uses it at a time. */
  readonly folder: string;
  /** Bytes of the newest records that are kept in memory, where consumers that keep up read them. */
  readonly cacheBytes: number;
  readonly cacheRecords: number;
  /** Bytes of memory for records that a full disk does not take. At most a quarter of `maxBytes` is used. */
  readonly pendingBytes: number;
  /** Milliseconds after which an acknowledgement is on disk; what is killed before delivers again what came in between. */
  readonly cursorMs: number;
  /** Milliseconds from one try to write to the next one, while the disk does not take anything. */
  readonly retryMs: number;
  readonly log: Log;
  readonly clock: Clock;
}

export const spoolDefaults: Omit<SpoolOptions, 'folder'> = {
  maxBytes: 256 * 1024 * 1024,
  maxAgeSeconds: 7 * 24 * 3600,
  cacheBytes: 4 * 1024 * 1024,
  cacheRecords: 4096,
  pendingBytes: 16 * 1024 * 1024,
  cursorMs: 200,
  retryMs: 1000,
  log: quiet,
  clock: systemClock,
};

/** Bytes below which the spool would drop more than an eighth of what it has at once, or not take a long record. */
export const leastMaxBytes = 64 * 1024;

/** What is dropped, is dropped by segments: an eighth of what may be there, at most 8 MiB. */
export const segmentBytesOf = ({ maxBytes }: SpoolLimits): number => Math.min(8 * 1024 * 1024, Math.floor(maxBytes / 8));

/** A segment ends after an eighth of the age that records may have, so that they are dropped at most that much later. */
export const segmentMsOf = ({ maxAgeSeconds }: SpoolLimits): number => (1000 * maxAgeSeconds) / 8;
