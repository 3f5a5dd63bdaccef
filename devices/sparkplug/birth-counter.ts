import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Log } from '../log.ts';
import type { NodeId } from './topic.ts';

/** bdSeq runs from 0 to 255 and begins again. */
export const nextBdSeq = (bdSeq: number): number => (bdSeq + 1) % 256;

/**
 * bdSeq of the next CONNECT, kept in a small file: with it a host tells the death of this connection from that of the one before,
 * also across restarts. Where the file cannot be read it begins at 0, where it cannot be written it goes on in memory: no reason not
 * to connect.
 */
export class BirthCounter {
  /** In a folder that is there. */
  readonly #file: string;
  readonly #id: NodeId;
  readonly #log: Log;
  #last: number | null;

  constructor(file: string, id: NodeId, log: Log) {
    this.#file = file;
    this.#id = id;
    this.#log = log;
    this.#last = this.#read();
  }

  /** Counts one on, and writes it before it is used: a process that is killed now does not use it twice. */
  take(): number {
    const bdSeq = this.#last === null ? 0 : nextBdSeq(this.#last);
    this.#last = bdSeq;
    try {
      this.#write(bdSeq);
    } catch (error) {
      this.#log.warn('bdSeq is not kept across restarts', { file: this.#file, error: String(error) });
    }
    return bdSeq;
  }

  #read(): number | null {
    try {
      const { group, node, bdSeq } = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (group !== this.#id.group || node !== this.#id.node) return null;
      return Number.isInteger(bdSeq) && bdSeq >= 0 && bdSeq <= 255 ? bdSeq : null;
    } catch (error) {
      const isFirstStart = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isFirstStart) this.#log.warn('bdSeq begins at 0 again', { file: this.#file, error: String(error) });
      return null;
    }
  }

  #write(bdSeq: number): void {
    const draft = `${this.#file}.new`;
    const handle = openSync(draft, 'w');
    try {
      writeSync(handle, `${JSON.stringify({ ...this.#id, bdSeq })}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, this.#file);
  }
}
