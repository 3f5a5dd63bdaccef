import { join } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { describeDiskError } from '../journal/disk-error.ts';
import { headerBytes } from '../journal/header.ts';
import { Journal } from '../journal/journal.ts';
import { SpoolConsumer } from './consumer.ts';
import { readCursors, writeCursors } from './cursor-file.ts';
import type { Consumer, Spool } from './define.ts';
import { leastMaxBytes, segmentBytesOf, segmentMsOf, spoolDefaults, type SpoolOptions } from './options.ts';

/** Time between looks for records that are too old, and between log lines about dropped ones. */
const lookMs = 1000;
const sayMs = 60_000;

/**
 * Opens the spool of a folder. A consumer that it does not know begins at `next`: nothing before was meant for it. If the file of cursors is lost
 * but records are there, all begin at the oldest one: rather twice than never.
 * Throws an InputError if the folder cannot be used or another process uses it.
 */
export function openSpool(options: Pick<SpoolOptions, 'folder'> & Partial<SpoolOptions>): Spool {
  const full = { ...spoolDefaults, ...options };
  if (full.maxBytes < leastMaxBytes) {
    throw new InputError({
      where: full.folder,
      what: `maxBytes is ${full.maxBytes}, at least ${leastMaxBytes} are needed`,
      hint: 'Give the spool more room.',
    });
  }
  return new DiskSpool(full);
}

class DiskSpool implements Spool {
  readonly #options: SpoolOptions;
  readonly #journal: Journal;
  readonly #consumers = new Map<string, SpoolConsumer>();
  /** Where the consumers begin whose cursors are lost; null: they are not. Counts as a consumer until `keepOnly` says that all are there. */
  #lostCursors: number | null;
  readonly #listeners = new Set<() => void>();
  readonly #cursorPath: string;
  #cursorTimer: NodeJS.Timeout | null = null;
  #cursorProblem: string | null = null;
  /** Looks for old records while nothing is appended. */
  readonly #ageTimer: NodeJS.Timeout;
  #lookedMs: number;
  /** Records that the limits took. */
  #dropped = 0;
  #unsaid = 0;
  #saidMs = -Infinity;
  #isNotifying = false;
  /** Then the folder may be another process's: nothing in it is touched any more. */
  #isClosed = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
    const { folder, maxBytes } = options;
    this.#journal = new Journal({
      ...options,
      segmentBytes: segmentBytesOf(options),
      segmentMs: segmentMsOf(options),
      pendingBytes: Math.min(options.pendingBytes, Math.floor(maxBytes / 4)),
      policy: { beforeTaking: (bytes) => this.#keepLimits(bytes), makeRoom: () => this.#dropOldestSegment('full disk') },
    });
    this.#cursorPath = join(folder, 'cursors');
    const cursors = this.#readCursors();
    this.#lostCursors = cursors === null && this.#journal.segments.length > 0 ? this.#journal.first : null;
    for (const [name, position] of cursors ?? []) this.#add(name, position);
    this.#skipWhatIsLost();
    this.#journal.dropBefore(this.#least());
    if (cursors === null) this.#saveCursors();
    this.#lookedMs = options.clock.steadyMs();
    this.#ageTimer = setInterval(() => this.#look(), lookMs).unref();
    this.#dropOld();
  }

  get next(): number {
    return this.#journal.next;
  }

  get stats() {
    const { bytes, damaged, dropped, problem } = this.#journal.stats;
    return {
      bytes,
      records: this.#journal.count(this.#least(), this.#journal.next),
      dropped: this.#dropped + dropped + damaged,
      problem: problem ?? this.#cursorProblem,
    };
  }

  append(records: readonly Uint8Array[]): void {
    if (records.length === 0) return;
    this.#journal.append(records);
    if (this.#consumers.size === 0) this.#journal.dropBefore(this.#least());
    if (this.#options.clock.steadyMs() - this.#lookedMs >= lookMs) this.#dropOld();
    this.#notify();
  }

  sync(): Promise<void> {
    return this.#journal.sync();
  }

  consumer(name: string): Consumer {
    const known = this.#consumers.get(name);
    if (known !== undefined) return known;
    const added = this.#add(name, this.#lostCursors ?? this.#journal.next);
    // At once: killed before, the next process would take it for new again and begin behind what is appended now.
    this.#saveCursors();
    return added;
  }

  keepOnly(names: readonly string[]): void {
    if (this.#lostCursors !== null) for (const name of names) this.consumer(name);
    for (const name of this.#consumers.keys()) if (!names.includes(name)) this.#consumers.delete(name);
    this.#lostCursors = null;
    this.#saveCursors();
    this.#journal.dropBefore(this.#least());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#ageTimer);
    if (this.#cursorTimer !== null) clearTimeout(this.#cursorTimer);
    this.#listeners.clear();
    this.#say();
    this.#saveCursors();
    await this.#journal.close();
  }

  #readCursors(): ReadonlyMap<string, number> | null {
    try {
      return readCursors(this.#cursorPath);
    } catch (cause) {
      const what = `cannot be read: ${describeDiskError(cause)}`;
      throw new InputError(
        { where: this.#cursorPath, what, hint: 'Give a folder that this user may read and write.' },
        { cause },
      );
    }
  }

  /** The cursors may have been on the medium before the records were when the power failed. */
  #skipWhatIsLost(): void {
    const positions = [...this.#consumers.values()].map(({ position }) => position);
    const found = this.#journal.next;
    const been = Math.max(found, ...positions);
    this.#journal.skipTo(been);
    const lost = been - Math.max(found, Math.min(been, ...positions));
    if (lost > 0) this.#count(lost, 'the machine stopped before they were on disk');
  }

  #add(name: string, position: number): SpoolConsumer {
    const consumer = new SpoolConsumer(name, Math.max(position, this.#journal.first), {
      journal: this.#journal,
      moved: () => this.#moved(),
      listeners: this.#listeners,
    });
    this.#consumers.set(name, consumer);
    return consumer;
  }

  /** Position of the first record that somebody still needs. */
  #least(): number {
    let least = this.#lostCursors ?? this.#journal.next;
    for (const { position } of this.#consumers.values()) least = Math.min(least, position);
    return least;
  }

  #moved(): void {
    if (this.#isClosed) return;
    this.#journal.dropBefore(this.#least());
    this.#cursorTimer ??= setTimeout(() => this.#saveCursors(false), this.#options.cursorMs).unref();
  }

  #saveCursors(lasting = true): void {
    this.#cursorTimer = null;
    const cursors = new Map([...this.#consumers].map(([name, { position }]) => [name, position]));
    try {
      writeCursors(this.#cursorPath, cursors, { lasting });
      this.#cursorProblem = null;
    } catch (error) {
      this.#cursorProblem = describeDiskError(error);
      if (!this.#isClosed) this.#cursorTimer = setTimeout(() => this.#saveCursors(lasting), this.#options.retryMs).unref();
    }
  }

  /** Lets the oldest segments go until `more` bytes fit, and headers of segments that what waits in memory may begin. */
  #keepLimits(more: number): void {
    for (;;) {
      const { bytes, pendingBytes } = this.#journal.stats;
      const sum = bytes + pendingBytes + more + 3 * headerBytes;
      if (sum <= this.#options.maxBytes || !this.#dropOldestSegment('maxBytes')) return;
    }
  }

  #look(): void {
    this.#dropOld();
    // Who could not read has nothing else that tells it to try again.
    if (this.#journal.stats.problem !== null) this.#notify();
  }

  #dropOld(): void {
    const now = this.#options.clock.steadyMs();
    this.#lookedMs = now;
    const keptFrom = this.#journal.segments.find(({ writtenMs }) => now - writtenMs <= 1000 * this.#options.maxAgeSeconds);
    const old = keptFrom?.first ?? this.#journal.segments.at(-1)?.end ?? 0;
    if (old > this.#least()) this.#dropBefore(old, 'maxAgeSeconds');
  }

  /** False: the newest one is not dropped. */
  #dropOldestSegment(reason: string): boolean {
    const [oldest, next] = this.#journal.segments;
    if (oldest === undefined || next === undefined) return false;
    this.#dropBefore(oldest.end, reason);
    return true;
  }

  #dropBefore(position: number, reason: string): void {
    const least = this.#least();
    const dropped = position > least ? this.#journal.count(least, position) : 0;
    for (const consumer of this.#consumers.values()) consumer.skipTo(position);
    if (this.#lostCursors !== null) this.#lostCursors = Math.max(this.#lostCursors, position);
    if (dropped > 0) this.#count(dropped, reason);
    this.#moved();
  }

  #count(records: number, reason: string): void {
    this.#dropped += records;
    this.#unsaid += records;
    if (this.#options.clock.steadyMs() - this.#saidMs >= sayMs) this.#say(reason);
  }

  /** One line a minute, however many segments go. */
  #say(reason = 'limits'): void {
    if (this.#unsaid === 0) return;
    this.#options.log.warn('records are dropped before all have got them', { records: this.#unsaid, reason });
    this.#saidMs = this.#options.clock.steadyMs();
    this.#unsaid = 0;
  }

  /** Once for all appends of a turn, and not from within `append`: a consumer that fails must not break the log. */
  #notify(): void {
    if (this.#isNotifying || this.#listeners.size === 0) return;
    this.#isNotifying = true;
    queueMicrotask(() => {
      this.#isNotifying = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
