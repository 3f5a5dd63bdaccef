import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from './error.ts';
import { nearest } from './nearest.ts';
import type { Source } from './read/source.ts';

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads a file that the user named; of data.npz:normal, which names an array in a file, the file. Throws an InputError if
 * that is not possible, with the nearest name that is there.
 */
export function readNamed(name: string): NamedBytes {
  const path = existsSync(name) ? name : name.replace(/(\.npz(?:\.gz)?):[^/\\]+$/i, '$1');
  try {
    return { name, bytes: readFileSync(path) };
  } catch (cause) {
    throw explain(path, cause);
  }
}

/** A model file with access to its neighbours, but not to files outside its folder. */
export function openSource(path: string): Source {
  const folder = resolve(dirname(path));
  return {
    ...readNamed(path),
    async sibling(relativePath) {
      const way = relative(folder, resolve(folder, relativePath));
      if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
        throw new InputError({
          where: path,
          what: `refers to "${relativePath}", which is outside of its folder`,
          hint: 'Put all files of the model into one folder and export it again.',
        });
      }
      return readNamed(join(dirname(path), way)).bytes;
    },
  };
}

/** Writes a file whole or not at all: a temporary neighbour, synced to disk, then renamed. Throws an InputError if it cannot be written. */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
    const file = openSync(temporary, 'w');
    try {
      writeAndRename(file, temporary, content, path);
    } catch (cause) {
      rmSync(temporary, { force: true });
      throw cause;
    }
  } catch (cause) {
    const { what, hint } = reasons[codeOf(cause)] ?? {
      what: `cannot be written (${codeOf(cause)})`,
      hint: 'Choose another place with -o.',
    };
    throw new InputError({ where: path, what, hint }, { cause });
  }
}

function writeAndRename(file: number, temporary: string, content: Uint8Array | string, path: string): void {
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

const reasons: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  ENOENT: { what: 'cannot be written: its folder does not exist', hint: 'Make the folder first, or choose another place.' },
  ENOTDIR: { what: 'cannot be written: a part of its path is a file, not a folder', hint: 'Choose another place.' },
  EISDIR: { what: 'cannot be written: it is a folder', hint: 'Name a file.' },
  EACCES: { what: 'cannot be written: permission denied', hint: 'Choose a place that you may write to.' },
  EPERM: { what: 'cannot be written: permission denied', hint: 'Choose a place that you may write to.' },
  EROFS: { what: 'cannot be written: the file system is read-only', hint: 'Choose another place.' },
  ENOSPC: { what: 'cannot be written: the disk is full', hint: 'Free some space, or choose another place.' },
};

function explain(path: string, cause: unknown): InputError {
  const code = codeOf(cause);
  if (code === 'ERR_FS_FILE_TOO_LARGE') {
    return new InputError({ where: path, what: 'has more than 2 GiB', hint: 'Split it, or give a part of it.' }, { cause });
  }
  if (code === 'EISDIR') return new InputError({ where: path, what: 'is a folder', hint: 'Name the file itself.' }, { cause });
  if (code !== 'ENOENT' && code !== 'ENOTDIR') {
    return new InputError({ where: path, what: `cannot be read (${code})`, hint: 'Check its permissions.' }, { cause });
  }
  const similar = nearest(basename(path), neighbours(path));
  const hint = similar === null ? 'Check the path.' : `Did you mean ${join(dirname(path), similar)}?`;
  return new InputError({ where: path, what: 'there is no such file', hint }, { cause });
}

function neighbours(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    // Without the folder there is nothing to suggest.
    return [];
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
