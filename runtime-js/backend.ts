import type { ModelGraph } from './artifact/graph.ts';

/** Which hardware computes scores. */
export type BackendName = 'wasm' | 'webgpu' | 'webnn';
export type AcceleratorName = Exclude<BackendName, 'wasm'>;

/** What a batch gave. The last window's reconstruction (in the user's units) and errors are read back with it. */
export interface BatchResult {
  /** f32[windows] */
  readonly scores: Float32Array;
  /** f32[values]: the last window, as the model gives it back. */
  readonly reconstruction: Float32Array;
  /** f32[values]: what each value of the last window contributed to its score. */
  readonly errors: Float32Array;
}

/** The layers and the score of one artifact on an accelerator. All weights are on it already. */
export interface Accelerator {
  readonly name: AcceleratorName;
  /** The adapter as it calls itself and how it is used, for `info`. */
  readonly device: string;
  /** Whether its scores are those of wasm, bit for bit; else they are near. */
  readonly exact: boolean;
  /** Scores any number of windows f32[n x values], n >= 1. Rejects if the device is lost meanwhile. */
  run(windows: Float32Array): Promise<BatchResult>;
  /** Resolves, with the reason, when the device is gone for good: after that `run` rejects. Never rejects. */
  readonly lost: Promise<string>;
  /** Lets go of the device; `lost` does not resolve by it. */
  dispose(): void;
}

/** Opens an accelerator. Rejects with an Unavailable where it is not to be had. */
export type OpenAccelerator = (graph: ModelGraph, where: string) => Promise<Accelerator>;

/** A way to accelerators of one kind. */
export interface AcceleratorSource {
  readonly name: AcceleratorName;
  /** Names the hardware, for what is remembered of it, without making anything ready. Rejects with an Unavailable where there is none. */
  identify(): Promise<string>;
  readonly open: OpenAccelerator;
}

/** Why an accelerator cannot run a model here: a sentence for `info`, not a mistake of the user's. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
