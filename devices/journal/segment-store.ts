import { rmSync } from 'node:fs';
import type { Log } from '../log.ts';
import type { Entry } from '../spool/define.ts';
import type { Clock } from './clock.ts';
import { codeOf, describeDiskError } from './disk-error.ts';
import { hasLock } from './lock.ts';
import { SegmentReader, type Damage } from './segment-reader.ts';
import { SegmentWriter } from './segment-writer.ts';
import { findSegments, newSegment, type Segment } from './segment.ts';

export interface SegmentStoreOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** Milliseconds for which a segment is tried again that the disk does not read, before the rest of it is given up. */
const badMediumMs = 60_000;

/** The segments of a folder: what is on disk of the journal. */
export class SegmentStore {
  readonly #options: SegmentStoreOptions;
  /** In order; the last one is the writer's, if there is a writer. */
  readonly #segments: Segment[] = [];
  #writer: SegmentWriter | null = null;
  #bytes = 0;
  #damaged = 0;

  constructor(options: SegmentStoreOptions) {
    this.#options = options;
    this.#recover();
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get writer(): SegmentWriter | null {
    return this.#writer;
  }

  /** Position behind the last record; 0 if there has never been one. */
  get end(): number {
    return this.#segments.at(-1)?.end ?? 0;
  }

  /** Of the files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records that were found damaged. */
  get damaged(): number {
    return this.#damaged;
  }

  #recover(): void {
    const { folder, clock, log } = this.#options;
    const found = findSegments(folder, clock);
    this.#segments.push(...found.map(({ segment }) => segment));
    const last = found.at(-1);
    if (last !== undefined) {
      const { segment, header } = last;
      const { end, bytes } = new SegmentReader().measure(segment, (damage) => this.#meet(segment, damage));
      const isTorn = bytes < segment.bytes;
      if (isTorn) {
        log.warn('the end of the log is torn and was cut off', {
          file: segment.path,
          bytes: segment.bytes - bytes,
          position: end,
        });
      }
      segment.end = end;
      segment.bytes = bytes;
      // Without its header a segment is readable, but it is not added to.
      if (header !== null) this.#writer = SegmentWriter.reopen(segment, isTorn);
    }
    this.#bytes = this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Writes encoded records, the first of which has position `first`. Throws the system's error if nothing was written; gives the writer that is full now. */
  write(bytes: Buffer, first: number, count: number): { readonly full: SegmentWriter | null; readonly isNew: boolean } {
    const now = this.#options.clock.steadyMs();
    if (this.#writer !== null && this.#hasRoom(this.#writer.segment, bytes.length, first, now)) {
      this.#writer.append(bytes, count, now);
      this.#bytes += bytes.length;
      return { full: null, isNew: false };
    }
    const full = this.#writer;
    // An earlier process ended while it made this file: it holds nothing, and is made again.
    if (this.#segments.at(-1)?.first === first) this.#bytes -= this.#segments.pop()!.bytes;
    const { folder, clock } = this.#options;
    const segment = newSegment(folder, first, now);
    const header = { first, previousEnd: this.#segments.at(-1)?.end ?? first, createdMs: clock.wallMs() };
    this.#writer = SegmentWriter.create(segment, header, bytes, count);
    this.#segments.push(segment);
    this.#bytes += segment.bytes;
    return { full, isNew: true };
  }

  #hasRoom({ bytes, end, createdMs }: Segment, more: number, first: number, now: number): boolean {
    const { segmentBytes, segmentMs } = this.#options;
    return end === first && bytes + more <= segmentBytes && now - createdMs <= segmentMs;
  }

  /** Deletes the segments that are wholly before `position`, but for the last one, whose name tells the position to a later process. False: none. */
  dropBefore(position: number): boolean {
    const before = this.#segments.length;
    while (this.#segments.length > 1 && this.#segments[0]!.end <= position) {
      const { path, bytes } = this.#segments.shift()!;
      this.#bytes -= bytes;
      try {
        rmSync(path, { force: true });
      } catch (error) {
        // The next process finds it and tries again.
        this.#options.log.warn('a segment cannot be deleted', { file: path, problem: describeDiskError(error) });
      }
    }
    return this.#segments.length < before;
  }

  /** How many readable records there are from `from` on, before `to`. */
  count(from: number, to: number): number {
    let count = 0;
    for (const { first, end, lost } of this.#segments) {
      count += overlap(from, to, first, end);
      for (const [at, length] of lost) count -= overlap(from, to, at, at + length);
    }
    return count;
  }

  segmentAt(position: number): Segment | undefined {
    return this.#segments.find(({ end }) => end > position);
  }

  /** Adds records of a segment to `entries` until there are `most`; gives the position behind. Throws the system's error if that cannot be now. */
  read(place: SegmentReader, segment: Segment, from: number, most: number, entries: Entry[]): number {
    const met = (damage: Damage): void => this.#meet(segment, damage);
    try {
      return place.read(segment, from, most, entries, met);
    } catch (error) {
      if (!this.#isLost(segment, codeOf(error))) throw error;
      place.skipRest(segment, met);
      return segment.end;
    }
  }

  /** Whether waiting does not bring back what cannot be read now. */
  #isLost(segment: Segment, code: string): boolean {
    const { folder, clock } = this.#options;
    // With its lock, the whole folder is gone: a disk that is not mounted.
    if (code === 'ENOENT') return hasLock(folder);
    if (code !== 'EIO') return false;
    // A bad spot, or a medium that was pulled out and may come back.
    segment.failingSinceMs ??= clock.steadyMs();
    return clock.steadyMs() - segment.failingSinceMs > badMediumMs;
  }

  #meet(segment: Segment, { position, count }: Damage): void {
    if (segment.lost.has(position)) return;
    segment.lost.set(position, count);
    this.#damaged += count;
    this.#options.log.error('records are damaged on disk and are passed over', { file: segment.path, position, records: count });
  }
}

const overlap = (from: number, to: number, first: number, end: number): number =>
  Math.max(0, Math.min(to, end) - Math.max(from, first));
