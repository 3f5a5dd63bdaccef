import { closeSync, fdatasync, fsync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { encodeHeader, headerBytes, type Header } from './header.ts';
import type { Segment } from './segment.ts';

const syncData = promisify(fdatasync);

/** The file to which records are appended. What fails throws the system's error and leaves the segment as it was. */
export class SegmentWriter {
  readonly segment: Segment;
  readonly #file: number;
  /** Whether something was written since the last sync began. What an earlier process wrote it may not have synced. */
  #isDirty = true;

  private constructor(segment: Segment, file: number) {
    this.segment = segment;
    this.#file = file;
  }

  /** Makes the file: header and first records in one write, so that there is never one without the other, but for a torn write. */
  static create(segment: Segment, header: Header, bytes: Buffer, count: number): SegmentWriter {
    // Not 'wx': what is there under this name is a rest that holds no record, or the name would be another one.
    const file = openSync(segment.path, 'w');
    try {
      writeAll(file, Buffer.concat([encodeHeader(header), bytes]), 0);
    } catch (cause) {
      closeSync(file);
      rmSync(segment.path, { force: true });
      throw cause;
    }
    segment.bytes = headerBytes + bytes.length;
    segment.end = segment.first + count;
    return new SegmentWriter(segment, file);
  }

  /** Goes on with a file that an earlier process wrote, behind what is whole of it. */
  static reopen(segment: Segment, isTorn: boolean): SegmentWriter {
    const file = openSync(segment.path, 'r+');
    // Not always: it makes the file young, by which the age of its records is known.
    if (isTorn) ftruncateSync(file, segment.bytes);
    return new SegmentWriter(segment, file);
  }

  append(bytes: Buffer, count: number, nowMs: number): void {
    const { segment } = this;
    writeAll(this.#file, bytes, segment.bytes);
    segment.bytes += bytes.length;
    segment.end += count;
    segment.writtenMs = nowMs;
    this.#isDirty = true;
  }

  async sync(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    await syncData(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** A part that could be written is cut off again. If not even that goes, the next write is over it, and opening cuts it off. */
function writeAll(file: number, bytes: Buffer, offset: number): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, offset + done);
  } catch (cause) {
    try {
      ftruncateSync(file, offset);
    } catch {
      // `cause` is what there is to say.
    }
    throw cause;
  }
}

/** Makes the names of new files in a folder last. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await promisify(fsync)(handle.fd);
  } finally {
    await handle.close();
  }
}
