import { syncFolder, type SegmentWriter } from './segment-writer.ts';

interface Waiter {
  readonly position: number;
  resolve(): void;
  reject(error: Error): void;
}

/** What the syncer knows of the log. */
export interface Written {
  /** Position behind the last record that is in a file. */
  readonly end: number;
  readonly writer: SegmentWriter | null;
}

/**
 * Brings what is written to the medium: one fdatasync at a time for all who wait. One that fails is told to those who wait for it and not made
 * good: Linux takes the pages for written then, and a second fdatasync does well without having written them
 * (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export class Syncer {
  readonly #folder: string;
  readonly #written: () => Written;
  /** Called with the error after a sync failed, with null after one did well. */
  readonly #report: (error: Error | null) => void;
  #waiting: Waiter[] = [];
  /** Segments that are full: they are synced and closed, though nobody waits, so that not more than one is open. */
  #full: SegmentWriter[] = [];
  #isFolderDirty = true;
  #running: Promise<void> | null = null;

  constructor(folder: string, written: () => Written, report: (error: Error | null) => void) {
    this.#folder = folder;
    this.#written = written;
    this.#report = report;
  }

  /** Settles when all before `position` is on the medium. */
  request(position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ position, resolve, reject });
      this.wake();
    });
  }

  began(full: SegmentWriter | null): void {
    this.#isFolderDirty = true;
    if (full !== null) this.#full.push(full);
    this.wake();
  }

  /** The segments before `position` are deleted: their room is free when they are closed. One that is being synced now closes itself. */
  letGo(position: number): void {
    for (const writer of this.#full) if (writer.segment.end <= position) writer.close();
    this.#full = this.#full.filter(({ segment }) => segment.end > position);
  }

  /** Records were dropped before they could be written: who waits for them waits in vain. */
  dropped(from: number, to: number): void {
    this.#rejectWhere(
      ({ position }) => position > from,
      new Error(`the records ${from} to ${to - 1} were dropped before they were written`),
    );
  }

  /** To be called when something was written. */
  wake(): void {
    if (this.#running !== null || !this.#hasWork()) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      this.wake();
    });
  }

  /** Syncs what is written a last time; gives up those who wait for more. */
  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#sync([], true);
    this.#written().writer?.close();
    this.#rejectWhere(() => true, new Error('the log was closed before the records were written'));
  }

  #hasWork(): boolean {
    const { end } = this.#written();
    return this.#full.length > 0 || this.#waiting.some(({ position }) => position <= end);
  }

  async #run(): Promise<void> {
    while (this.#hasWork()) {
      const { end } = this.#written();
      const due = this.#waiting.filter(({ position }) => position <= end);
      this.#waiting = this.#waiting.filter(({ position }) => position > end);
      await this.#sync(due);
    }
  }

  async #sync(due: readonly Waiter[], withWriter = due.length > 0): Promise<void> {
    const full = this.#full.splice(0);
    const { writer } = this.#written();
    try {
      for (const each of full) await each.sync();
      if (withWriter) await writer?.sync();
      if (this.#isFolderDirty) {
        this.#isFolderDirty = false;
        await syncFolder(this.#folder);
      }
    } catch (cause) {
      this.#isFolderDirty = true;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#report(error);
      for (const { reject } of due) reject(error);
      return;
    } finally {
      for (const each of full) each.close();
    }
    this.#report(null);
    for (const { resolve } of due) resolve();
  }

  #rejectWhere(isHopeless: (waiter: Waiter) => boolean, error: Error): void {
    for (const waiter of this.#waiting.filter(isHopeless)) waiter.reject(error);
    this.#waiting = this.#waiting.filter((waiter) => !isHopeless(waiter));
  }
}
