import type { Workload } from '../workload.ts';

/** A model that is ready to run on a batch of windows. */
export interface Session {
  /** Copies f32 windows in and gives f32 reconstructions out (ours: scores). */
  run(windows: Float32Array): Float32Array | Promise<Float32Array>;
  dispose(): void | Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Its model files have per-tensor int8 weights, whose window scores are coarse. */
  readonly perTensor: boolean;
  /** Whether there is a file of the model that it takes. */
  supports(workload: Workload): boolean;
  open(workload: Workload, batch: number): Promise<Session>;
  /** Files that a product would ship: runtime and model. */
  bytesToShip(workload: Workload): number;
  /** A program for a fresh process: loads, scores window.bin once and calls `done()`. `folder` holds window.bin and the model files. */
  coldStart(workload: Workload, folder: string): string;
}
