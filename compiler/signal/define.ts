import type { Call } from '../kernels/define.ts';

/** What a window of raw samples is. */
export interface SignalShape {
  /** Samples per window. */
  readonly samples: number;
  /** Names of the channels. */
  readonly channels: readonly string[];
  /** Samples from the start of one window to the next. */
  readonly hop: number;
  /** Samples per second, where it is known. */
  readonly rateHz: number | null;
}

/** Where features find what they need in the artifact's memory. */
export interface SignalPlace {
  /** An expression: address of f32[samples x channels]. */
  readonly window: string;
  /** Address of the features, f32. */
  readonly output: number;
  /** Addresses of `constants`. */
  readonly constants: readonly number[];
  /** Of `scratchBytes`, scribbled on during one window. */
  readonly scratch: number;
  /** Of `stateBytes`, kept from one window to the next. */
  readonly state: number;
}

/** Several features that are computed together: they share the statistics or the spectrum of a window. */
export interface FeatureGroup {
  readonly constants: readonly Uint8Array[];
  readonly scratchBytes: number;
  readonly stateBytes: number;
  /** f32[samples x channels] -> its places in f32[features], bit for bit what the calls give. */
  referenceInto(features: Float32Array, window: Float32Array): void;
  /** `moved` null: nothing is known of the window; else it has moved by one hop since the last call. The bits are the same. */
  emit(place: SignalPlace, moved: boolean): Call[];
}

/** A feature with its place: the first of its values in f32[features], and the channels that it has values of. */
export interface Placed<S> {
  readonly spec: S;
  readonly first: number;
  readonly channels: readonly number[];
}

/** Rounds to f32: every step of a reference is rounded as the artifact rounds it. */
export const f = Math.fround;

export const bytesOf = (values: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
