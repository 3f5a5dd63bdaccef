import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../journal/journal.ts';
import type { Log } from '../log.ts';
import type { Spool } from '../spool/define.ts';
import type { Engine } from './engine.ts';
import { readSnapshot, removeSnapshot, writeSnapshot } from './snapshot-file.ts';

/**
 * What of the agent survives it. `samples`: each sample that was acknowledged, so that windows go on after kill -9 as if nothing had
 * happened; `scores`: windows only where the agent was stopped in order, for disks that wear out.
 */
export type Keep = 'samples' | 'scores';

/** The last snapshot and the journal of the turns after it, in a folder. */
export class State {
  readonly #folder: string;
  readonly #log: Log;
  readonly #journal: Journal | null;

  /** Throws an InputError if the folder cannot be used or is in use. */
  constructor(folder: string, keep: Keep, log: Log) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#log = log;
    this.#journal = keep === 'samples' ? new Journal({ folder: join(folder, 'journal'), log }) : null;
  }

  /** What is wrong with the disk, in words; null: nothing. */
  get problem(): string | null {
    return this.#journal?.stats.problem ?? null;
  }

  /**
   * Brings an engine to where the last one was. What was scored since the snapshot is scored again, and spooled where that was cut off:
   * the spool tells by its length.
   */
  restore(engine: Engine, spool: Spool): void {
    const snapshot = readSnapshot(this.#folder, this.#log);
    if (snapshot === null) {
      this.#journal?.dropBefore(this.#journal.next);
      this.save(engine, spool.next);
      return;
    }
    const isSame = snapshot.artifacts.every(({ name, sha256 }) => shaOf(engine, name) === sha256);
    for (const name of engine.restore(snapshot)) {
      this.#log.warn('windows begin anew: another pipeline than before', { artifact: name });
    }
    const replayed = this.#replay(engine, spool, snapshot.journalNext, snapshot.spoolNext, isSame);
    const sensors = engine.sensorCount;
    if (sensors > 0) this.#log.info('sensors go on where they were', { sensors, turns: replayed });
    this.save(engine, spool.next);
  }

  /** Bytes that were taken. */
  append(turn: Uint8Array): number {
    this.#journal?.append([turn]);
    return this.#journal === null ? 0 : turn.length;
  }

  /** Without a journal, what is written is right only if nothing comes after it: at the end. */
  save(engine: Engine, spoolNext: number, isLast = false): void {
    if (this.#journal === null && !isLast) {
      removeSnapshot(this.#folder);
      return;
    }
    const next = this.#journal?.next ?? 0;
    if (!writeSnapshot(this.#folder, engine.save(spoolNext, next), this.#log)) return;
    engine.saved();
    this.#journal?.dropBefore(next);
  }

  async sync(): Promise<void> {
    await this.#journal?.sync();
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  /** Turns that were replayed. */
  #replay(engine: Engine, spool: Spool, journalNext: number, spoolNext: number, isSame: boolean): number {
    if (this.#journal === null) return 0;
    // A power cut may have cost the journal its end: what is written now has to come after the snapshot.
    this.#journal.skipTo(journalNext);
    // Another artifact may publish other scores: sequence numbers would not tell the same any more.
    if (!isSame && this.#journal.next > journalNext) engine.epoch = Date.now();
    let known = Math.max(0, spool.next - spoolNext);
    let turns = 0;
    for (const { data } of this.#journal.replay(journalNext)) {
      const records = engine.replay(data);
      if (records.length > known) spool.append(records.slice(known));
      known = Math.max(0, known - records.length);
      turns++;
    }
    return turns;
  }
}

const shaOf = (engine: Engine, name: string): string | undefined =>
  engine.pools.find(({ artifact }) => artifact.name === name)?.artifact.sha256;
