import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Bytes at the start of a file by which it is known again. */
const headBytes = 1024;

/** Which file it is, under whatever name: its inode, which file systems use again, and what it begins with. */
export interface FileIdentity {
  readonly inode: string;
  /** Bytes at the start that `head` is of: fewer than 1024 while the file is that short. */
  readonly headBytes: number;
  /** SHA-256 of them, in hexadecimal. */
  readonly head: string;
}

/** `most`: bytes that are there for certain. */
export async function identityOf(file: FileHandle, most: number): Promise<FileIdentity> {
  const length = Math.min(headBytes, most);
  return { inode: await inodeOf(file), headBytes: length, head: await headOf(file, length) };
}

/** Whether a file that is open is the one that was. */
export const isSameFile = async (file: FileHandle, identity: FileIdentity): Promise<boolean> =>
  (await inodeOf(file)) === identity.inode && (await headOf(file, identity.headBytes)) === identity.head;

export const isSameHead = async (file: FileHandle, identity: FileIdentity): Promise<boolean> =>
  (await headOf(file, identity.headBytes)) === identity.head;

const inodeOf = async (file: FileHandle): Promise<string> => {
  const { dev, ino } = await file.stat({ bigint: true });
  return `${dev}:${ino}`;
};

async function headOf(file: FileHandle, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), length, position: 0 });
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
}
