import type { BackendName } from './backend.ts';
import type { Contribution } from './contributions.ts';
import type { ModelInfo, Pushed, Verification } from './model.ts';

/** How a model is loaded. With an accelerator or a worker it is an AsyncModel. */
export interface LoadOptions {
  /**
   * wasm; an accelerator, or an error that says why not; or auto: wasm at once, and an accelerator as soon as it has given the same
   * golden scores in less time.
   */
  readonly backend?: BackendName | 'auto';
  /** Whether the model lives in a worker: true, or what makes one of the worker's script. */
  readonly worker?: boolean | (() => Worker);
  /** Windows that one runBatch will bring: what `auto` is timed at. */
  readonly batch?: number;
}

/** Which back end computes, and why. */
export interface BackendChoice {
  readonly backend: BackendName;
  /** A sentence: what was measured, or what was asked for. */
  readonly why: string;
  /** Why not the others, a sentence each. */
  readonly others: readonly { readonly backend: BackendName; readonly why: string }[];
}

export type AsyncModelInfo = Omit<ModelInfo, 'backend'> & BackendChoice & { readonly worker: boolean };

/**
 * The same as a Model, each call with a promise: of an artifact that runs in a worker, or on an accelerator. Calls are answered in
 * the order in which they were made.
 *
 * @example
 * const model = await load('/models/pump.wasm', { worker: true });
 * const score = await model.run(window);
 */
export interface AsyncModel {
  /** `backend` and what explains it change when `auto` has decided, or when a device is lost. */
  readonly info: AsyncModelInfo;
  readonly size: number;
  readonly values: number;
  readonly latentSize: number | null;
  readonly threshold: number;
  /** Whether the last score that was answered left the alarm on. */
  readonly alarm: boolean;
  /** Resolves when the back end is settled: at once, unless that is `auto`. */
  readonly settled: Promise<BackendChoice>;
  run(window: ArrayLike<number>): Promise<number>;
  /** `transfer`: gives the buffer of `windows` away instead of copying it to the worker. */
  runBatch(windows: Float32Array, options?: { readonly transfer?: boolean }): Promise<Float32Array>;
  push(sample: ArrayLike<number>): Promise<number | 'waiting' | 'invalid'>;
  /** Pushes samples that lie one after the other, f32[n x channels]. */
  pushBatch(samples: Float32Array, options?: { readonly transfer?: boolean }): Promise<Pushed[]>;
  reset(): Promise<void>;
  encode(window: ArrayLike<number>): Promise<Float32Array>;
  decode(code: ArrayLike<number>): Promise<Float32Array>;
  generate(seed: number): Promise<Float32Array>;
  /** Of the window that was scored last. */
  reconstruction(): Promise<Float32Array>;
  errors(): Promise<Float32Array>;
  contributions(): Promise<Contribution[]>;
  /** On the back end that computes now. */
  verify(): Promise<Verification>;
  /** Lets go of instance, device and worker. */
  dispose(): Promise<void>;
}
