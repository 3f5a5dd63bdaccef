import { watch, type FSWatcher } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../log.ts';
import { identityOf, isSameFile, isSameHead, type FileIdentity } from './file-identity.ts';

export interface TailOptions {
  /** Whether to wait for more at the end, as `tail -F` does. */
  readonly follow: boolean;
  /** Milliseconds between looks at the file, where the system does not say that it has changed (network drives). */
  readonly pollMs: number;
}

/** A place in a file. */
export interface FilePosition {
  readonly identity: FileIdentity;
  readonly offset: number;
}

/** What happens to a file that is read. */
export type TailEvent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** All of the file that was open is read: its last line is whole, even without a line feed. */
  | { readonly kind: 'end' }
  /** What follows is another file, or another content: from its start. `truncated`: what waits for the end of its line is gone. */
  | { readonly kind: 'begin'; readonly why: 'rotated' | 'truncated' };

const chunkBytes = 64 << 10;

/**
 * Reads a file to its end, and where it is followed, on and on: through growth, rotation (renamed, and made anew under its name) and
 * truncation. What a writer adds between the last read and a truncation is lost: rotation by renaming loses nothing.
 */
export class FileTail {
  readonly #path: string;
  readonly #options: TailOptions;
  readonly #log: Log;
  #file: FileHandle | null = null;
  #offset = 0;
  #identity: FileIdentity | null = null;
  #isStopped = false;
  #watcher: FSWatcher | null = null;
  /** Whether the system has said that something changed since the last look. */
  #isNews = false;
  #wake: (() => void) | null = null;
  /** Whether the file that is open no longer has the name. */
  #isRotated = false;

  constructor(path: string, options: TailOptions, log: Log) {
    this.#path = path;
    this.#options = options;
    this.#log = log;
  }

  /** Opens the file at a position of before; false: that file is gone (or has another content), and reading begins with the one of the name. */
  async open(position: FilePosition | null): Promise<boolean> {
    if (position !== null && (await this.#reopen(position))) return true;
    this.#file = await this.#openCurrent();
    return false;
  }

  /** Where the reader stands, `behind` bytes before what was read. */
  async position(behind: number): Promise<FilePosition> {
    const offset = this.#offset - behind;
    if (this.#identity === null || this.#identity.headBytes < 1024) this.#identity = await identityOf(this.#file!, this.#offset);
    return { identity: this.#identity, offset };
  }

  /** Yields until the end, or `stop`. */
  async *events(): AsyncGenerator<TailEvent> {
    this.#watch();
    try {
      while (!this.#isStopped) {
        if (this.#file !== null && !(await this.#isTruncated())) {
          for (let bytes = await this.#read(); bytes !== null; bytes = await this.#read()) {
            yield { kind: 'bytes', bytes };
            if (this.#isStopped) return;
          }
          if (!this.#options.follow && !this.#isRotated) {
            yield { kind: 'end' };
            return;
          }
        } else if (this.#file !== null) {
          this.#restart();
          yield { kind: 'begin', why: 'truncated' };
          continue;
        }
        if (this.#isRotated || (await this.#isReplaced())) yield* this.#next();
        else await this.#pause(this.#options.pollMs);
      }
    } finally {
      this.#watcher?.close();
      await this.close();
    }
  }

  /** Lets go of the file, where its events are not read to their end. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  /** Ends `events` after what it is about to give. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  /** The first bytes of the file, at most so many, wherever the reader stands; empty where there is no file yet. */
  async head(most: number): Promise<Buffer> {
    if (this.#file === null) return Buffer.alloc(0);
    const { buffer, bytesRead } = await this.#file.read({ buffer: Buffer.alloc(most), position: 0 });
    return buffer.subarray(0, bytesRead);
  }

  /** The rest of the old file, whose writer may have had it open for a while, then the new one. */
  async *#next(): AsyncGenerator<TailEvent> {
    if (this.#file !== null) {
      await this.#pause(Math.min(this.#options.pollMs, 200));
      for (let bytes = await this.#read(); bytes !== null; bytes = await this.#read()) yield { kind: 'bytes', bytes };
      yield { kind: 'end' };
      await this.#file.close();
    }
    this.#isRotated = false;
    this.#file = await this.#openCurrent();
    if (this.#file === null) return;
    this.#restart();
    yield { kind: 'begin', why: 'rotated' };
    this.#log.info('file begins anew', { file: this.#path });
  }

  #restart(): void {
    this.#offset = 0;
    this.#identity = null;
  }

  async #read(): Promise<Uint8Array | null> {
    const { buffer, bytesRead } = await this.#file!.read({ buffer: Buffer.allocUnsafe(chunkBytes), position: this.#offset });
    this.#offset += bytesRead;
    return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
  }

  /** Shorter than what was read of it, or with another start. */
  async #isTruncated(): Promise<boolean> {
    if (this.#offset === 0) return false;
    if ((await this.#file!.stat()).size < this.#offset) return true;
    this.#identity ??= await identityOf(this.#file!, this.#offset);
    return !(await isSameHead(this.#file!, this.#identity));
  }

  /** Whether another file has the name now. One that was renamed and not made anew yet may still grow. */
  async #isReplaced(): Promise<boolean> {
    const current = await stat(this.#path, { bigint: true }).catch(() => null);
    if (current === null || this.#file === null) return current !== null;
    const { ino, dev } = await this.#file.stat({ bigint: true });
    return current.ino !== ino || current.dev !== dev;
  }

  async #openCurrent(): Promise<FileHandle | null> {
    try {
      return await open(this.#path, 'r');
    } catch (error) {
      if (this.#options.follow && error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  /** The file of a position, under its name or, rotated meanwhile, beside it. */
  async #reopen({ identity, offset }: FilePosition): Promise<boolean> {
    const [folder, name] = [dirname(this.#path), basename(this.#path)];
    const others = (await readdir(folder)).filter((each) => each !== name && each.startsWith(name)).toSorted();
    for (const each of [name, ...others]) {
      const file = await open(join(folder, each), 'r').catch(() => null);
      if (file === null) continue;
      if ((await file.stat()).size >= offset && (await isSameFile(file, identity))) {
        this.#file = file;
        this.#offset = offset;
        this.#identity = identity;
        this.#isRotated = each !== name;
        return true;
      }
      await file.close();
    }
    return false;
  }

  /** Of the folder, since a watched file that is renamed is watched under its new name. */
  #watch(): void {
    if (!this.#options.follow) return;
    try {
      this.#watcher = watch(dirname(this.#path), (_, name) => {
        if (name !== null && name !== basename(this.#path)) return;
        this.#isNews = true;
        this.#wake?.();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch (error) {
      // Without it, looking now and then has to do.
      this.#log.debug('file is not watched', { file: this.#path, reason: String(error) });
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    if (!this.#isStopped && !this.#isNews) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = null;
    this.#isNews = false;
  }
}
