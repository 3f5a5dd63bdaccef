import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from '../journal/checksum.ts';
import { codeOf } from '../journal/disk-error.ts';

/** Name of a consumer -> position of the first record that it has not acknowledged. */
export type Cursors = ReadonlyMap<string, number>;

/** The cursors; null: the file is not there, or is damaged, as a power cut may leave it. */
export function readCursors(path: string): Cursors | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw cause;
  }
  const [json = '', checksum] = text.split('\n');
  if (checksum !== checksumOf(json)) return null;
  const pairs: unknown = JSON.parse(json);
  return Array.isArray(pairs) ? new Map(pairs.filter(isCursor)) : null;
}

/**
 * Two lines: pairs of name and position as JSON, the CRC-32 of that line. Written beside it and renamed, so that a process that is killed leaves
 * the old ones or the new ones. `lasting`: also if the power fails.
 */
export function writeCursors(path: string, cursors: Cursors, { lasting }: { readonly lasting: boolean }): void {
  const json = JSON.stringify([...cursors]);
  const bytes = Buffer.from(`${json}\n${checksumOf(json)}\n`);
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w');
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, done);
    if (lasting) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function checksumOf(text: string): string {
  const bytes = Buffer.from(text);
  return crc32(bytes, 0, bytes.length, 0).toString(16).padStart(8, '0');
}

const isCursor = (pair: unknown): pair is [string, number] =>
  Array.isArray(pair) && typeof pair[0] === 'string' && Number.isSafeInteger(pair[1]) && pair[1] >= 0;
