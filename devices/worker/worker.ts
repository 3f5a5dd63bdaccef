import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { LoadedArtifact } from '../scoring/artifact.ts';
import { excessOf, LifeSigns, nextAssignment, type Assignment } from './assignment.ts';
import { Counters } from './counters.ts';
import { Fenced } from './fenced.ts';
import type { JetStream } from './jetstream.ts';
import type { Leases } from './leases.ts';
import type { Names } from './names.ts';
import type { WorkerOptions } from './options.ts';
import { Owner } from './owner.ts';
import { describeProblem, persist } from './persist.ts';
import { noSetup } from './setup.ts';

export interface WorkerParts {
  readonly jetstream: JetStream;
  readonly leases: Leases;
  readonly names: Names;
  readonly artifacts: readonly LoadedArtifact[];
  readonly log: Log;
}

/** A partition that is ours, from the beat that gave it to the one that gives it back. */
interface Holding {
  readonly partition: number;
  readonly token: number;
  /** null: it is being taken over. */
  owner: Owner | null;
  isReleased: boolean;
  isLost: boolean;
}

/** Scores its share of the partitions together with others: says that it lives, takes what is free, gives up what is too much. */
export class Worker {
  readonly counters: Counters;
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions;
  readonly #signs: LifeSigns;
  /** By partition. */
  readonly #holdings = new Map<number, Holding>();
  #released: { readonly partition: number; readonly token: number }[] = [];
  #isLeaving = false;
  #running: Promise<void> | null = null;
  #wake: () => void = () => {};

  constructor(parts: WorkerParts, options: WorkerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#signs = new LifeSigns(options.patience);
    this.counters = new Counters(parts.log);
  }

  /** Partitions that it scores now. */
  get partitions(): readonly number[] {
    return [...this.#holdings.values()].filter(({ owner }) => owner !== null).map(({ partition }) => partition);
  }

  get sensors(): number {
    return [...this.#holdings.values()].reduce((sum, { owner }) => sum + (owner?.sensors ?? 0), 0);
  }

  start(): void {
    this.#running = this.#run();
    this.#running.catch(() => {});
  }

  /** Settles with the error that ended it; never otherwise, until it is stopped. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Writes down and gives back all that it has. */
  async stop(): Promise<void> {
    this.#isLeaving = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const assignment = await persist('sign of life', this.#parts.log, () => this.#beat());
      this.#follow(assignment);
      if (this.#isLeaving && this.#holdings.size === 0 && this.#released.length === 0) return;
      if (this.#released.length === 0) await this.#pause();
    }
  }

  async #beat(): Promise<Assignment> {
    for (;;) {
      const found = await this.#parts.leases.read();
      if (found === null) throw noSetup(this.#parts.names);
      const { assignment: before, revision } = found;
      const released = this.#released;
      const beat = { worker: this.#options.id, dead: this.#signs.dead(before.workers), released, isLeaving: this.#isLeaving };
      const assignment = nextAssignment(before, beat);
      if (!(await this.#parts.leases.replace(assignment, revision))) continue;
      for (const name of beat.dead) this.#parts.log.warn('a worker is gone; its partitions are free', { worker: name });
      this.#signs.note(before.workers);
      this.#released = this.#released.filter((one) => !released.includes(one));
      return assignment;
    }
  }

  /** Begins and ends what the assignment says. */
  #follow(assignment: Assignment): void {
    const { id } = this.#options;
    for (const holding of this.#holdings.values()) {
      const now = assignment.partitions[holding.partition];
      if (now?.token === holding.token) holding.owner?.tick();
      else this.#lose(holding);
    }
    assignment.partitions.forEach((ownership, partition) => {
      if (ownership?.owner !== id || this.#holdings.has(partition)) return;
      // What is released already is ours in the assignment until the next beat.
      if (this.#released.some((one) => one.partition === partition && one.token === ownership.token)) return;
      void this.#hold({ partition, token: ownership.token, owner: null, isReleased: false, isLost: false });
    });
    for (const partition of excessOf(assignment, id)) this.#release(this.#holdings.get(partition));
  }

  #release(holding: Holding | undefined): void {
    if (holding === undefined) return;
    holding.isReleased = true;
    holding.owner?.release();
  }

  #lose(holding: Holding): void {
    holding.isLost = true;
    holding.owner?.fence();
  }

  async #hold(holding: Holding): Promise<void> {
    const { partition, token } = holding;
    const { log } = this.#parts;
    this.#holdings.set(partition, holding);
    try {
      const { counters } = this;
      const confirm = (): Promise<void> => this.#confirm(partition, token);
      const owner = await Owner.open({ ...this.#parts, partition, token, options: this.#options, counters, confirm });
      holding.owner = owner;
      if (holding.isLost) owner.fence();
      else if (holding.isReleased) owner.release();
      if ((await owner.run()) === 'released') {
        log.info('partition released', { partition });
        this.#released.push({ partition, token });
      } else log.warn('partition lost', { partition });
    } catch (error) {
      if (error instanceof Fenced || holding.isLost) log.warn('partition lost', { partition });
      // It is ours still, and the next beat begins it anew from its checkpoint.
      else log.error('partition given up', { partition, problem: describeProblem(error) });
      holding.owner?.fence();
    }
    this.#holdings.delete(partition);
    this.#wake();
  }

  async #confirm(partition: number, token: number): Promise<void> {
    const found = await this.#parts.leases.read();
    if (found?.assignment.partitions[partition]?.token !== token) throw new Fenced(`partition ${partition} is somebody else's`);
  }

  async #pause(): Promise<void> {
    const waiting = new AbortController();
    this.#wake = () => waiting.abort();
    await delay(this.#options.beatMs, undefined, { signal: waiting.signal }).catch(() => {});
    this.#wake = () => {};
  }
}
