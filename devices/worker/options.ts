import { publishDefaults, type PublishRule } from '../scoring/publish.ts';

/** How a worker scores. */
export interface WorkerOptions {
  /** `node` in the scores. */
  readonly node: string;
  /** Name among the workers; unique to each process. */
  readonly id: string;
  /** Milliseconds from one sign of life to the next; handing over a partition takes one or two. */
  readonly beatMs: number;
  /** Beats of another worker after which one that says nothing is taken for dead. */
  readonly patience: number;
  /** Seconds from one checkpoint of a partition to the next: what a new owner scores again after a crash. */
  readonly checkpointSeconds: number;
  /** Messages of a partition that may wait for its checkpoint; it is taken sooner at half of them. */
  readonly maxPending: number;
  readonly publish: PublishRule;
  /** Channels that a score names at most. */
  readonly why: number;
  /** Sensors of a partition. */
  readonly maxSensors: number;
}

export const workerDefaults: Omit<WorkerOptions, 'id'> = {
  node: 'sandglass',
  beatMs: 2000,
  patience: 4,
  checkpointSeconds: 30,
  maxPending: 8192,
  publish: publishDefaults,
  why: 3,
  maxSensors: 100_000,
};

/** How samples become messages. */
export interface IngestOptions {
  /** Name of this ingest: where its sources stand is kept under it. */
  readonly name: string;
  /** Milliseconds that a sample waits for others to share its message. */
  readonly lingerMs: number;
  /** Bytes of a message at which it waits no longer. */
  readonly frameBytes: number;
}

export const ingestDefaults: IngestOptions = { name: 'ingest', lingerMs: 20, frameBytes: 32 * 1024 };
