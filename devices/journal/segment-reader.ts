import type { Entry } from '../spool/define.ts';
import { frameBytes, frameEnd, isRecord } from './block.ts';
import { headerBytes } from './header.ts';
import { readAt, type Segment } from './segment.ts';

/** Read at once. Entries are views of it, so it is not reused. */
const chunkBytes = 65_536;

/** Records that cannot be read: `count` from `position` on. */
export interface Damage {
  readonly position: number;
  readonly count: number;
}

/** Reads segments record by record and keeps its place, so that reading on costs no search; going back begins at the segment's start. */
export class SegmentReader {
  #segment: Segment | null = null;
  #position = 0;
  #offset = 0;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkOffset = 0;

  /**
   * Adds the records from `from` on until `entries` has `most` or the segment ends; gives the position behind. Beyond damage it goes on
   * behind the record if the next one is where the length says, else the rest of the segment is lost.
   */
  read(segment: Segment, from: number, most: number, entries: Entry[], met: (damage: Damage) => void): number {
    if (this.#segment !== segment || from < this.#position) this.#rewind(segment);
    while (this.#position < segment.end && entries.length < most) {
      const end = this.#endOfRecord(segment);
      if (end === null) {
        this.#pass(segment, met);
        continue;
      }
      if (this.#position >= from) {
        const at = this.#offset - this.#chunkOffset;
        const data = this.#chunk.subarray(at + frameBytes, at + end - this.#offset);
        entries.push({ position: this.#position, data });
      }
      this.#position++;
      this.#offset = end;
    }
    return Math.max(from, this.#position);
  }

  #rewind(segment: Segment): void {
    this.#segment = segment;
    this.#position = segment.first;
    this.#offset = headerBytes;
    this.#chunk = Buffer.alloc(0);
  }

  /** Where the record at the place ends; null: it is not whole. */
  #endOfRecord(segment: Segment): number | null {
    return this.#endOfRecordAt(segment, this.#offset, this.#position);
  }

  #endOfRecordAt(segment: Segment, offset: number, position: number): number | null {
    if (!this.#has(segment, offset, frameBytes)) return null;
    const length = frameEnd(this.#chunk, offset - this.#chunkOffset) - (offset - this.#chunkOffset);
    if (!this.#has(segment, offset, length)) return null;
    const at = offset - this.#chunkOffset;
    return isRecord(this.#chunk, at, at + length, position) ? offset + length : null;
  }

  /** Makes the chunk hold these bytes of the file; false: the file ends before. */
  #has(segment: Segment, offset: number, length: number): boolean {
    const at = offset - this.#chunkOffset;
    if (at >= 0 && at + length <= this.#chunk.length) return true;
    if (offset + length > segment.bytes) return false;
    const most = segment.bytes - offset;
    this.#chunk = readAt(segment.path, offset, Math.min(most, Math.max(chunkBytes, length)));
    this.#chunkOffset = offset;
    return length <= this.#chunk.length;
  }

  /** Where the record behind a damaged one begins, if its length is right: there is the next one. */
  #behindDamaged(segment: Segment): number | null {
    const offset = this.#offset;
    if (!this.#has(segment, offset, frameBytes)) return null;
    const behind = this.#chunkOffset + frameEnd(this.#chunk, offset - this.#chunkOffset);
    return this.#endOfRecordAt(segment, behind, this.#position + 1) === null ? null : behind;
  }

  #pass(segment: Segment, met: (damage: Damage) => void): void {
    const behind = this.#position + 1 < segment.end ? this.#behindDamaged(segment) : null;
    if (behind === null) return this.skipRest(segment, met);
    met({ position: this.#position, count: 1 });
    this.#position++;
    this.#offset = behind;
  }

  /** Gives up what is not read of the segment yet. */
  skipRest(segment: Segment, met: (damage: Damage) => void): void {
    if (this.#segment !== segment) this.#rewind(segment);
    met({ position: this.#position, count: segment.end - this.#position });
    this.#position = segment.end;
    this.#offset = segment.bytes;
  }

  /** Of a segment of which only the beginning is known: how many records follow each other, and how many bytes they fill. */
  measure(segment: Segment, met: (damage: Damage) => void): { readonly end: number; readonly bytes: number } {
    this.#rewind(segment);
    for (;;) {
      const end = this.#endOfRecord(segment);
      const next = end ?? this.#behindDamaged(segment);
      if (next === null) return { end: this.#position, bytes: Math.min(this.#offset, segment.bytes) };
      if (end === null) met({ position: this.#position, count: 1 });
      this.#position++;
      this.#offset = next;
    }
  }
}
