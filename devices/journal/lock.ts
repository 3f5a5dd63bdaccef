import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { codeOf } from './disk-error.ts';

/** Folders that this process holds. */
const held = new Set<string>();

/**
 * Takes a folder for this process alone and gives a function that lets it go. Throws an InputError that names the process that has it. What a
 * dead process left is taken over: a process is known by its id and when it started, since ids are given again.
 *
 * The lock is a symbolic link that leads nowhere, its target names the process: made in one step with its content, also on a full disk.
 */
export function lockFolder(folder: string): () => void {
  const key = realpathSync(folder);
  const path = join(folder, 'lock');
  const mine = `${process.pid}:${startOf(process.pid) ?? ''}`;
  if (held.has(key)) refuse(folder, process.pid);
  for (let attempt = 0; !create(path, mine); attempt++) {
    const theirs = readOwner(path);
    if (theirs === null) continue;
    const pid = Number(theirs.split(':')[0]);
    if (attempt > 8 || isRunning(theirs)) refuse(folder, pid);
    remove(path, theirs, folder);
  }
  held.add(key);
  return () => {
    held.delete(key);
    if (readOwner(path) === mine) rmSync(path, { force: true });
  };
}

/** Whether a folder that this process holds is where it was. */
export const hasLock = (folder: string): boolean => readOwner(join(folder, 'lock')) !== null;

function refuse(folder: string, pid: number): never {
  throw new InputError({
    where: folder,
    what: `is in use by the process ${pid}`,
    hint: `Stop that process first, or choose another folder. Two of them would write over each other.`,
  });
}

/** False if there is a lock already. */
function create(path: string, content: string): boolean {
  try {
    symlinkSync(content, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(cause))) throw cause;
  }
  // FAT has no links.
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

/** What the lock says; null: it is gone. */
function readOwner(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    if (codeOf(cause) !== 'EINVAL') throw cause;
  }
  return readFileSync(path, 'utf8');
}

function isRunning(owner: string): boolean {
  const [pid, started] = owner.split(':');
  if (!/^[1-9]\d*$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (cause) {
    if (codeOf(cause) === 'ESRCH') return false;
  }
  if (isZombie(Number(pid))) return false;
  const now = startOf(Number(pid));
  // Without /proc (macOS) the id has to do.
  return now === null || started === undefined || started === '' || now === started;
}

/** When a process started, in ticks since the machine did; null: not to be had. It is the 22nd field, the 20th behind the name in brackets. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Whether a process has ended and its parent has not asked how: its id is still taken, but it writes nothing any more. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** Removes a stale lock. If another process was faster, what is moved away is its lock: it gets that back. */
function remove(path: string, stale: string, folder: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return;
    throw cause;
  }
  const moved = readOwner(aside);
  if (moved !== null && moved !== stale) {
    linkSync(aside, path);
    rmSync(aside);
    refuse(folder, Number(moved.split(':')[0]));
  }
  rmSync(aside, { force: true });
}
