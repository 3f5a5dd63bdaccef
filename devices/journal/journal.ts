import { mkdirSync } from 'node:fs';
import { InputError } from '../../compiler/error.ts';
import type { Entry } from '../spool/define.ts';
import { BlockQueue } from './block-queue.ts';
import { encodeBlocks, frameBytes, type Block } from './block.ts';
import { describeDiskError, isFullDisk } from './disk-error.ts';
import { headerBytes } from './header.ts';
import { lockFolder } from './lock.ts';
import { journalDefaults, type JournalOptions } from './options.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentStore } from './segment-store.ts';
import type { Segment } from './segment.ts';
import { Syncer } from './syncer.ts';

/** Written at once; a batch that is longer becomes several. */
const blockBytes = 256 * 1024;

/** Keeps its place in the journal: reading on costs no search. */
export interface JournalReader {
  /** Records from `from` on, at most `most`, fewer only where there are no more, and the position behind them and what is missing there. */
  read(from: number, most: number): { readonly entries: readonly Entry[]; readonly reached: number };
}

/**
 * An append-only log in a folder. What `append` took survives the end of the process, unless the disk does not take it (`problem`): then it waits in
 * memory, in order, and can be read. What `sync` settled for survives that of the machine. Positions are never used twice, and may have
 * gaps where records were dropped or are damaged: damaged data costs its record, a damaged length the rest of its segment.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #unlock: () => void;
  readonly #store: SegmentStore;
  readonly #syncer: Syncer;
  /** Newest records that are on disk. */
  readonly #cache = new BlockQueue();
  /** Records that are not. */
  readonly #pending = new BlockQueue();
  #next = 0;
  /** All before was let go of by `dropBefore`. */
  #floor = 0;
  #dropped = 0;
  readonly #problems: Record<'write' | 'sync' | 'read', string | null> = { write: null, sync: null, read: null };
  #isFull = false;
  /** Room was made and somebody else took it: no more is dropped on disk until a write does well. */
  #isRoomFutile = false;
  #retryAtMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  /** Throws an InputError if the folder cannot be used, is in use, or was written by another version. */
  constructor(options: Pick<JournalOptions, 'folder'> & Partial<JournalOptions>) {
    this.#options = { ...journalDefaults, ...options };
    const { folder } = this.#options;
    this.#unlock = takeFolder(folder);
    try {
      this.#store = new SegmentStore(this.#options);
    } catch (cause) {
      this.#unlock();
      throw cause instanceof InputError ? cause : unusable(folder, cause);
    }
    this.#syncer = new Syncer(
      folder,
      () => ({ end: this.#pending.oldest?.first ?? this.#next, writer: this.#store.writer }),
      (error) => this.#note('sync', error),
    );
    this.#next = this.#store.end;
    this.#floor = this.first;
  }

  /** Position that the next record gets. */
  get next(): number {
    return this.#next;
  }

  /** Position of the oldest record that is there; `next` if none is. */
  get first(): number {
    return this.#store.segments.find(({ first, end }) => end > first)?.first ?? this.#pending.oldest?.first ?? this.#next;
  }

  get segments(): readonly Readonly<Segment>[] {
    return this.#store.segments;
  }

  get stats() {
    return {
      /** Bytes of the segments on disk. */
      bytes: this.#store.bytes,
      /** Bytes of records that wait in memory for the disk. */
      pendingBytes: this.#pending.bytes,
      /** Records that were found damaged on disk. */
      damaged: this.#store.damaged,
      /** Records that had to wait for the disk for too long. */
      dropped: this.#dropped,
      /** What is wrong with the disk, in words; null: nothing. */
      problem: this.#problems.write ?? this.#problems.sync ?? this.#problems.read,
    };
  }

  /** Appends in order, at most 256 KiB with one write. The arrays are the caller's again afterwards. */
  append(records: readonly Uint8Array[]): void {
    if (this.#isClosed) throw new Error(`internal: append to a log that is closed: ${this.#options.folder}`);
    const most = this.#options.segmentBytes - headerBytes;
    const tooLong = records.find(({ length }) => length + frameBytes > most);
    if (tooLong !== undefined) throw new Error(`internal: record of ${tooLong.length} bytes, at most ${most - frameBytes} fit`);
    for (const block of encodeBlocks(records, this.#next, Math.min(blockBytes, most))) this.#take(block);
  }

  /** Settles when all that was appended is on the medium; rejects if that fails, or if it was dropped. Waits as long as the disk is full. */
  sync(): Promise<void> {
    return this.#syncer.request(this.#next);
  }

  reader(): JournalReader {
    const place = new SegmentReader();
    return { read: (from, most) => this.#read(place, from, most) };
  }

  /** The records from `from` on that are there now. */
  *replay(from: number): Generator<Entry> {
    const reader = this.reader();
    const end = this.#next;
    for (let at = from; at < end;) {
      const { entries, reached } = reader.read(at, 256);
      for (const entry of entries) if (entry.position < end) yield entry;
      // The disk cannot be read: `problem` says why.
      if (reached === at) return;
      at = reached;
    }
  }

  /** The next record gets at least this position: to be said by those who know that it has been that far, though a power cut took the end. */
  skipTo(position: number): void {
    this.#next = Math.max(this.#next, position);
  }

  /** Lets go of what is before `position`: segments that are before it wholly are deleted, but for the last one, whose name tells the position. */
  dropBefore(position: number): void {
    this.#floor = Math.max(this.#floor, position);
    if (this.#store.dropBefore(position)) this.#syncer.letGo(position);
    while (this.#pending.oldest !== undefined && endOf(this.#pending.oldest) <= position) this.#pending.shift();
  }

  /** How many records are readable from `from` on, before `to`. */
  count(from: number, to: number): number {
    const pendingFirst = this.#pending.oldest?.first ?? this.#next;
    return this.#store.count(from, to) + Math.max(0, Math.min(to, this.#next) - Math.max(from, pendingFirst));
  }

  /** Writes and syncs what it can and lets go of the folder. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { oldest, records } = this.#pending;
    if (oldest !== undefined) {
      this.#dropped += records;
      this.#options.log.error('records are lost: the disk did not take them until the end', {
        records,
        problem: this.stats.problem,
      });
    }
    await this.#syncer.close();
    this.#unlock();
  }

  #take(block: Block): void {
    this.#options.policy.beforeTaking(block.bytes.length + headerBytes);
    this.#next += block.count;
    const now = this.#options.clock.steadyMs();
    if (this.#pending.oldest === undefined && (this.#problems.write === null || now >= this.#retryAtMs)) {
      if (this.#write(block.bytes, block.first, block.count)) {
        this.#note('write', null);
        return this.#keep(block);
      }
    }
    this.#pending.push(block);
    if (now >= this.#retryAtMs) this.#flush();
    while (this.#pending.memoryBytes > this.#options.pendingBytes) {
      if (!this.#makeRoom()) this.#dropOldestPending();
    }
    this.#retryLater();
  }

  /** True: something that waited could be written. */
  #makeRoom(): boolean {
    if (!this.#isFull || this.#isRoomFutile || !this.#options.policy.makeRoom()) return false;
    this.#isRoomFutile = true;
    const { records } = this.#pending;
    this.#flush();
    return this.#pending.records < records;
  }

  /** Tries to write what waits: much at once, less if that does not fit any more. */
  #flush(): void {
    if (this.#pending.oldest === undefined) return;
    let most = Math.min(blockBytes, this.#options.segmentBytes - headerBytes);
    while (this.#pending.oldest !== undefined) {
      const run = this.#pending.oldestRun(most);
      const bytes = Buffer.concat(run.map((block) => block.bytes));
      const count = run.reduce((sum, block) => sum + block.count, 0);
      if (this.#write(bytes, run[0]!.first, count)) {
        for (const block of run) {
          this.#pending.shift();
          this.#keep(block);
        }
      } else if (run.length > 1 && this.#isFull) most = bytes.length >> 1;
      else break;
    }
    if (this.#pending.oldest === undefined) this.#note('write', null);
    else this.#retryLater();
    this.#syncer.wake();
  }

  /** The timer keeps the process alive: what waits in memory must not be lost because there is nothing else to do. */
  #retryLater(): void {
    if (this.#timer !== null || this.#isClosed || this.#pending.oldest === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, this.#options.retryMs);
  }

  #write(bytes: Buffer, first: number, count: number): boolean {
    try {
      const { full, isNew } = this.#store.write(bytes, first, count);
      this.#isRoomFutile = false;
      if (isNew) {
        this.#syncer.began(full);
        this.dropBefore(this.#floor);
      }
    } catch (error) {
      this.#retryAtMs = this.#options.clock.steadyMs() + this.#options.retryMs;
      this.#isFull = isFullDisk(error);
      this.#note('write', error);
      return false;
    }
    return true;
  }

  #keep(block: Block): void {
    const { cacheBytes, cacheRecords } = this.#options;
    if (cacheRecords === 0 || cacheBytes === 0) return;
    this.#cache.push(block);
    while (this.#cache.memoryBytes > cacheBytes || this.#cache.records > cacheRecords) this.#cache.shift();
  }

  #dropOldestPending(): void {
    const block = this.#pending.shift()!;
    const end = endOf(block);
    this.#dropped += Math.max(0, end - Math.max(block.first, this.#floor));
    this.#syncer.dropped(block.first, end);
  }

  #read(place: SegmentReader, from: number, most: number): { entries: Entry[]; reached: number } {
    const entries: Entry[] = [];
    let at = from;
    while (entries.length < most && at < this.#next) {
      const inMemory = this.#cache.oldest?.first ?? this.#pending.oldest?.first ?? this.#next;
      const segment = at < inMemory ? this.#store.segmentAt(at) : undefined;
      if (segment === undefined || segment.first >= inMemory) {
        at = this.#cache.read(Math.max(at, inMemory), most, entries);
        if (entries.length < most) at = this.#pending.read(at, most, entries);
        if (entries.length < most) at = this.#next;
        break;
      }
      try {
        at = this.#store.read(place, segment, Math.max(at, segment.first), most, entries);
        this.#note('read', null);
      } catch (error) {
        this.#note('read', error);
        break;
      }
    }
    return { entries, reached: entries.length > 0 ? Math.max(at, entries.at(-1)!.position + 1) : at };
  }

  #note(what: 'write' | 'sync' | 'read', error: unknown): void {
    if (error === null && this.#problems[what] === null) return;
    const problem = error === null ? null : describeDiskError(error);
    if (problem === this.#problems[what]) return;
    this.#problems[what] = problem;
    if (problem === null) this.#options.log.info('the disk works again', { what });
    else this.#options.log.error('the disk does not work', { what, problem, folder: this.#options.folder });
  }
}

const endOf = ({ first, count }: Block): number => first + count;

function takeFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    return lockFolder(folder);
  } catch (cause) {
    throw cause instanceof InputError ? cause : unusable(folder, cause);
  }
}

const unusable = (folder: string, cause: unknown): InputError =>
  new InputError(
    {
      where: folder,
      what: `cannot be used: ${describeDiskError(cause)}`,
      hint: 'Give a folder on a disk that this user may write to.',
    },
    { cause },
  );
