import { crc32 } from './checksum.ts';

/**
 * Records that were appended together, as they lie in a segment one behind the other: in this form they are written, wait for a full disk, and
 * are read from memory. Each record: CRC-32 (u32), length (u32), data; little-endian. The checksum is over length and data, so that a file that
 * a power cut left full of zeros holds no records, and begins from the position, so that a record in a wrong place is none.
 */
export interface Block {
  /** Position of its first record. */
  readonly first: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Bytes of a record beside its data. */
export const frameBytes = 8;

/** Blocks of at most `mostBytes`, each with at least one record. */
export function* encodeBlocks(records: readonly Uint8Array[], first: number, mostBytes: number): Generator<Block> {
  for (let from = 0; from < records.length;) {
    let to = from + 1;
    let bytes = frameBytes + records[from]!.length;
    for (; to < records.length; to++) {
      const more = frameBytes + records[to]!.length;
      if (bytes + more > mostBytes) break;
      bytes += more;
    }
    yield encodeBlock(records, from, to, bytes, first + from);
    from = to;
  }
}

function encodeBlock(records: readonly Uint8Array[], from: number, to: number, length: number, first: number): Block {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (let i = from; i < to; i++) {
    const data = records[i]!;
    const end = at + frameBytes + data.length;
    bytes.writeUInt32LE(data.length, at + 4);
    bytes.set(data, at + frameBytes);
    bytes.writeUInt32LE(crc32(bytes, at + 4, end, (first + i - from) >>> 0), at);
    at = end;
  }
  return { first, count: to - from, bytes };
}

/** Where the record whose frame begins at `at` ends, if the frame is right; `bytes` holds at least the frame. */
export const frameEnd = (bytes: Buffer, at: number): number => at + frameBytes + bytes.readUInt32LE(at + 4);

/** Whether bytes[at .. end) is the whole record of this position. */
export const isRecord = (bytes: Buffer, at: number, end: number, position: number): boolean =>
  crc32(bytes, at + 4, end, position >>> 0) === bytes.readUInt32LE(at);
