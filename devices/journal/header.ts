import { crc32 } from './checksum.ts';

/** What stands at the beginning of a segment: magic, version (u32), the three fields (f64), CRC-32 of all before it; little-endian. */
export interface Header {
  /** Position of the segment's first record; its file is named by it. */
  readonly first: number;
  /** Position behind the last record before this segment. Less than `first` where records were dropped in between. */
  readonly previousEnd: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

const magic = 0x474f4c53; // "SLOG"
const version = 1;
export const headerBytes = 36;

export function encodeHeader({ first, previousEnd, createdMs }: Header): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(version, 4);
  bytes.writeDoubleLE(first, 8);
  bytes.writeDoubleLE(previousEnd, 16);
  bytes.writeDoubleLE(createdMs, 24);
  bytes.writeUInt32LE(crc32(bytes, 0, 32, 0), 32);
  return bytes;
}

/** The header; the version, if it is another one than ours; null if it is cut off or damaged. */
export function decodeHeader(bytes: Buffer): Header | { readonly version: number } | null {
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return null;
  const found = bytes.readUInt32LE(4);
  // Where the checksum of another version lies we do not know: the magic has to do.
  if (found !== version) return { version: found };
  if (bytes.readUInt32LE(32) !== crc32(bytes, 0, 32, 0)) return null;
  return { first: bytes.readDoubleLE(8), previousEnd: bytes.readDoubleLE(16), createdMs: bytes.readDoubleLE(24) };
}

export const segmentName = (first: number): string => `${String(first).padStart(12, '0')}.seg`;

/** Position in the name of a segment; null if it is another file. */
export const positionOf = (name: string): number | null => (/^\d{12,16}\.seg$/.test(name) ? Number(name.slice(0, -4)) : null);
