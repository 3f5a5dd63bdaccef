/** Who has a partition. `token` was given to nobody else: it names what the owner makes in NATS. */
export interface Ownership {
  readonly owner: string;
  readonly token: number;
}

export interface WorkerState {
  /** How often it has said that it lives. */
  readonly beat: number;
  /** Gives back what it has. */
  readonly isLeaving: boolean;
}

/** What all workers agree on: one JSON value in a bucket, which is only ever replaced by whoever has read it last. */
export interface Assignment {
  readonly version: 1;
  /** The last one that was given. */
  readonly token: number;
  /** By name. */
  readonly workers: Readonly<Record<string, WorkerState>>;
  /** By partition; null: free. */
  readonly partitions: readonly (Ownership | null)[];
}

export const emptyAssignment = (partitions: number): Assignment => ({
  version: 1,
  token: 0,
  workers: {},
  partitions: Array.from({ length: partitions }, () => null),
});

/** What one worker says at a beat. */
export interface Beat {
  readonly worker: string;
  /** Workers that have not said anything for too long. */
  readonly dead: readonly string[];
  /** Partitions that it has let go of, with their token. */
  readonly released: readonly { readonly partition: number; readonly token: number }[];
  /** Takes no more, and is forgotten once it owns nothing. */
  readonly isLeaving: boolean;
}

/** The assignment after a worker's beat: its sign of life, the dead forgotten, what it released free, and its fair share taken of what is free. */
export function nextAssignment(before: Assignment, { worker, dead, released, isLeaving }: Beat): Assignment {
  const gone = new Set(dead);
  gone.delete(worker);
  const partitions = before.partitions.map((ownership, partition) => {
    if (ownership === null || gone.has(ownership.owner)) return null;
    const isReleased = released.some((other) => other.partition === partition && other.token === ownership.token);
    return isReleased && ownership.owner === worker ? null : ownership;
  });
  const workers = { ...before.workers };
  for (const name of gone) delete workers[name];
  workers[worker] = { beat: (workers[worker]?.beat ?? 0) + 1, isLeaving };
  if (isLeaving && ownedBy(partitions, worker).length === 0) delete workers[worker];
  let token = before.token;
  let missing = fairShare(partitions.length, workers, worker) - ownedBy(partitions, worker).length;
  for (let partition = 0; partition < partitions.length && missing > 0; partition++) {
    if (partitions[partition] !== null) continue;
    partitions[partition] = { owner: worker, token: ++token };
    missing--;
  }
  return { version: 1, token, workers, partitions };
}

/** Partitions that the worker has to let go of, so that others get their share: those that it took last. */
export function excessOf({ workers, partitions }: Assignment, worker: string): number[] {
  const own = ownedBy(partitions, worker);
  return own.slice(fairShare(partitions.length, workers, worker));
}

const ownedBy = (partitions: Assignment['partitions'], worker: string): number[] =>
  partitions
    .flatMap((ownership, partition) => (ownership?.owner === worker ? [{ partition, token: ownership.token }] : []))
    .toSorted((a, b) => a.token - b.token)
    .map(({ partition }) => partition);

/** Partitions divided by workers; what is left over goes to the first by name, one each. A worker that leaves has none. */
function fairShare(partitions: number, workers: Assignment['workers'], worker: string): number {
  const names = Object.keys(workers)
    .filter((name) => !workers[name]!.isLeaving)
    .toSorted();
  const place = names.indexOf(worker);
  if (place < 0) return 0;
  return Math.floor(partitions / names.length) + (place < partitions % names.length ? 1 : 0);
}

/**
 * Finds out who is dead without comparing clocks: whoever has said nothing while we said something `patience` times. Where NATS is away
 * nobody's beats count, so nobody is dead because of that.
 */
export class LifeSigns {
  readonly #patience: number;
  #seen = new Map<string, { beat: number; missed: number }>();

  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Call it after each beat of ours that was stored, with what was read before it. */
  note(workers: Assignment['workers']): void {
    this.#seen = new Map(
      Object.entries(workers).map(([name, { beat }]) => {
        const before = this.#seen.get(name);
        return [name, { beat, missed: before?.beat === beat ? before.missed + 1 : 0 }];
      }),
    );
  }

  dead(workers: Assignment['workers']): string[] {
    return Object.entries(workers)
      .filter(([name, { beat }]) => {
        const seen = this.#seen.get(name);
        return seen !== undefined && seen.beat === beat && seen.missed >= this.#patience;
      })
      .map(([name]) => name);
  }
}

/** What is stored, read from anybody; null: it is none of ours. */
export function parseAssignment(text: string): Assignment | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isAssignment(value) ? value : null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOwnership = (value: unknown): boolean =>
  value === null || (isRecord(value) && typeof value['owner'] === 'string' && Number.isSafeInteger(value['token']));

const isAssignment = (value: unknown): value is Assignment =>
  isRecord(value) &&
  value['version'] === 1 &&
  Number.isSafeInteger(value['token']) &&
  isRecord(value['workers']) &&
  Object.values(value['workers']).every(
    (state) => isRecord(state) && Number.isSafeInteger(state['beat']) && typeof state['isLeaving'] === 'boolean',
  ) &&
  Array.isArray(value['partitions']) &&
  value['partitions'].length > 0 &&
  value['partitions'].every(isOwnership);
