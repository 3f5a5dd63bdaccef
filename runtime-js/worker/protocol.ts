import type { AsyncModelInfo, LoadOptions } from '../async-model.ts';
import type { Contribution } from '../contributions.ts';
import type { Pushed, Verification } from '../model.ts';

// What page and worker say to each other. Requests are answered one by one, in their order, so that no message needs a number.

/** The methods of a model that are called in the worker: arguments and result. */
export interface Calls {
  run: { readonly args: readonly [window: Float32Array]; readonly result: number };
  runBatch: { readonly args: readonly [windows: Float32Array]; readonly result: Float32Array };
  push: { readonly args: readonly [sample: Float32Array]; readonly result: number | 'waiting' | 'invalid' };
  pushBatch: { readonly args: readonly [samples: Float32Array]; readonly result: Pushed[] };
  reset: { readonly args: readonly []; readonly result: void };
  encode: { readonly args: readonly [window: Float32Array]; readonly result: Float32Array };
  decode: { readonly args: readonly [code: Float32Array]; readonly result: Float32Array };
  generate: { readonly args: readonly [seed: number]; readonly result: Float32Array };
  reconstruction: { readonly args: readonly []; readonly result: Float32Array };
  errors: { readonly args: readonly []; readonly result: Float32Array };
  contributions: { readonly args: readonly []; readonly result: Contribution[] };
  verify: { readonly args: readonly []; readonly result: Verification };
}

export type CallName = keyof Calls;

/** One call, of the method `Name`. */
export type Call<Name extends CallName = CallName> = {
  [K in Name]: { readonly kind: 'call'; readonly name: K; readonly args: Calls[K]['args'] };
}[Name];

/** The first request. */
export interface LoadRequest {
  readonly kind: 'load';
  /** Bytes, or an absolute address that the worker fetches. */
  readonly source: Uint8Array | string;
  /** What errors call it. */
  readonly where: string;
  /** `batch` null: as many as the artifact takes. */
  readonly options: { readonly backend: NonNullable<LoadOptions['backend']>; readonly batch: number | null };
}

export type Request = LoadRequest | Call;

/** What the host knows of itself; that it is a worker, the client adds. */
export type HostInfo = Omit<AsyncModelInfo, 'worker'>;

export type Answer =
  | { readonly kind: 'loaded'; readonly info: HostInfo }
  | { readonly kind: 'result'; readonly result: Calls[CallName]['result']; readonly alarm: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** No answer, but news: another back end computes from now on; `settled` the first time, when that is decided. */
  | { readonly kind: 'info'; readonly info: HostInfo; readonly settled: boolean };

/** An error on its way: its class would be lost. */
export type Failure =
  | { readonly kind: 'ArtifactError'; readonly where: string; readonly what: string; readonly hint: string }
  | { readonly kind: 'RangeError' | 'Error'; readonly message: string };

/** The buffers of the arrays that a message brings: they move, as whoever sends one has made the arrays for it, or was given them. */
export function buffersOf(message: Request | Answer): ArrayBuffer[] {
  const content =
    message.kind === 'load'
      ? [message.source]
      : message.kind === 'call'
        ? message.args
        : message.kind === 'result'
          ? [message.result]
          : [];
  return content.flatMap((value) => (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer ? [value.buffer] : []));
}
