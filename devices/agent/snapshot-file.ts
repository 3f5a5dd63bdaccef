import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from '../journal/checksum.ts';
import { describeDiskError } from '../journal/disk-error.ts';
import type { Log } from '../log.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshot.ts';

const name = 'snapshot';

/** Replaces the snapshot in one step: its checksum (u32), then its bytes. False: the disk does not take it, and the one before stays. */
export function writeSnapshot(folder: string, snapshot: Snapshot, log: Log): boolean {
  const bytes = encodeSnapshot(snapshot);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(crc32(bytes, 0, bytes.length, 0) >>> 0, 0);
  const [path, fresh] = [join(folder, name), join(folder, `${name}.new`)];
  try {
    const file = openSync(fresh, 'w');
    try {
      writeSync(file, head);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
    return true;
  } catch (error) {
    log.error('the windows cannot be written down', { file: path, problem: describeDiskError(error) });
    rmSync(fresh, { force: true });
    return false;
  }
}

/** null: there is none, or none that can be used. */
export function readSnapshot(folder: string, log: Log): Snapshot | null {
  const path = join(folder, name);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const content = new Uint8Array(bytes.buffer, bytes.byteOffset + 4, Math.max(0, bytes.length - 4));
  const whole = bytes.length > 4 && bytes.readUInt32LE(0) === crc32(content, 0, content.length, 0) >>> 0;
  const snapshot = whole ? decodeSnapshot(content) : null;
  if (snapshot === null) {
    log.error('what was known of the sensors cannot be read: their windows and sequence numbers begin anew', {
      file: path,
      problem: whole ? 'written by another version' : 'damaged',
    });
  }
  return snapshot;
}

export const removeSnapshot = (folder: string): void => rmSync(join(folder, name), { force: true });
