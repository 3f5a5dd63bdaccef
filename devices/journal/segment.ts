import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { steadyTimeOf, type Clock } from './clock.ts';
import { decodeHeader, headerBytes, positionOf, segmentName, type Header } from './header.ts';

/** One file of the log. */
export interface Segment {
  readonly path: string;
  readonly first: number;
  /** Position behind its last record. */
  end: number;
  /** Of the file, as far as it is known to be whole. */
  bytes: number;
  /** When its last record was written, on the steady clock. */
  writtenMs: number;
  /** When it was begun, on the steady clock. */
  readonly createdMs: number;
  /** Damage that was met: position -> how many records from there on cannot be read. */
  readonly lost: Map<number, number>;
  /** When the disk failed to read it first, on the steady clock. */
  failingSinceMs: number | null;
}

export const newSegment = (folder: string, first: number, nowMs: number): Segment => ({
  path: join(folder, segmentName(first)),
  first,
  end: first,
  bytes: 0,
  writtenMs: nowMs,
  createdMs: nowMs,
  lost: new Map(),
  failingSinceMs: null,
});

/** A segment as it was found, with its header unless that is damaged. */
export interface FoundSegment {
  readonly segment: Segment;
  readonly header: Header | null;
}

/**
 * The segments of a folder in order. Only headers are read: where a segment ends, the header of the next one says. How far the last one is
 * whole, `cutTail` finds out. A damaged header costs nothing but the knowledge of what was dropped on purpose: the name says the position.
 */
export function findSegments(folder: string, clock: Clock): FoundSegment[] {
  const firsts = readdirSync(folder)
    .map(positionOf)
    .filter((first) => first !== null)
    .toSorted((a, b) => a - b);
  const files = firsts.map((first) => {
    const path = join(folder, segmentName(first));
    const { size, mtimeMs } = statSync(path);
    return { first, size, mtimeMs, header: readHeader(path, first) };
  });
  return files.map(({ first, size, mtimeMs, header }, i) => {
    const next = files[i + 1];
    const createdWallMs = header?.createdMs ?? mtimeMs;
    // A file that was copied is younger than what is in it.
    const writtenWallMs = Math.max(createdWallMs, Math.min(mtimeMs, next?.header?.createdMs ?? mtimeMs));
    const [createdMs, writtenMs] = [steadyTimeOf(createdWallMs, clock), steadyTimeOf(writtenWallMs, clock)];
    const end = next === undefined ? first : endBefore(next.first, next.header, first);
    return { segment: { ...newSegment(folder, first, createdMs), end, bytes: size, writtenMs }, header };
  });
}

const endBefore = (next: number, header: Header | null, first: number): number => {
  const said = header?.previousEnd ?? next;
  return said >= first && said <= next ? said : next;
};

function readHeader(path: string, first: number): Header | null {
  const bytes = readAt(path, 0, headerBytes);
  const header = decodeHeader(bytes);
  if (header === null) return null;
  if ('version' in header) {
    throw new InputError({
      where: path,
      what: `is a segment of version ${header.version}; this Sandglass reads version 1`,
      hint: 'Use the Sandglass that wrote it, or move the folder away: what is in it is not delivered then.',
    });
  }
  return header.first === first ? header : null;
}

/** At most `length` bytes of a file from `from` on, fewer where it ends. */
export function readAt(path: string, from: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(file, bytes, filled, length - filled, from + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}
