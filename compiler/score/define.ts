import type { Shape } from '../ir/tensor.ts';

/**
 * What scores look at beside the window and its reconstruction, each as a T (values, an address, a size): nothing, the latent code, or the
 * normal distribution that a variational autoencoder makes of a window, whose mean is its code.
 */
export interface Beside<T> {
  readonly reconstruction: object;
  readonly code: { readonly code: T };
  readonly distribution: { readonly code: T; readonly logVariance: T };
}

export type LooksAt = keyof Beside<unknown>;

/** One window x as the model reads it, its reconstruction y, f32[n] each, and what the score looks at beside. */
export type Seen<K extends LooksAt> = Beside<Float32Array>[K] & { readonly x: Float32Array; readonly y: Float32Array };

/** What is known of a model before it runs. */
export interface ScoredModel<K extends LooksAt> {
  /** Of the window that it reads, with the batch axis of 1 in front where the file has that. */
  readonly shape: Shape;
  /** How many values there are beside. */
  readonly sizes: Beside<number>[K];
}

/** Why a score is not to be had of a model, and what to do. */
export interface Refusal {
  readonly what: string;
  readonly hint: string;
}

/** Learns from the normal windows that are not held out. */
export interface Fitting<K extends LooksAt> {
  look(seen: Seen<K>): void;
  /** What the score is fitted to, in the score's own order. At least one window was looked at. */
  finish(): Float32Array;
}

/** Where the artifact keeps what a score reads: addresses. */
export type ScorePlace<K extends LooksAt> = Beside<number>[K] & {
  /** Of `constants`, in their order. */
  readonly constants: readonly number[];
  readonly scratch: number;
};

/** A score function: how far a window is from what is normal. `fitted`: what `fit` learnt; empty where that is nothing. */
export interface ScoreDefinition<K extends LooksAt> {
  readonly looksAt: K;
  /** null: the model has all that it takes. */
  refuse(model: ScoredModel<K>): Refusal | null;
  /** null: nothing is learnt from data. */
  fit(model: ScoredModel<K>): Fitting<K> | null;
  /** Bit for bit what the artifact computes: f32, each step rounded, in its order. `errors`, f32[n], receives what each value contributed. */
  reference(seen: Seen<K>, errors: Float32Array, fitted: Float32Array, model: ScoredModel<K>): number;
  /** What the score means in f64, for the float model. */
  exact(seen: Seen<K>, fitted: Float32Array, model: ScoredModel<K>): number;
  /** As runtime-as/score/<name>.ts reads them. */
  constants(fitted: Float32Array, model: ScoredModel<K>): readonly Float32Array[];
  /** What that function scribbles on. */
  scratchBytes(model: ScoredModel<K>): number;
  /** Its arguments behind x, y, errors, n. */
  extra(place: ScorePlace<K>, model: ScoredModel<K>): readonly number[];
}

/** The part of a definition that a score of the residuals alone leaves empty. */
export const ofResiduals = {
  looksAt: 'reconstruction',
  refuse: () => null,
  fit: () => null,
  constants: () => [],
  scratchBytes: () => 0,
  extra: () => [],
} as const;

/** Four lanes by index modulo 4, then (l0 + l1) + (l2 + l3), each step rounded to f32. */
export function sumInOrder(values: Float32Array): number {
  const lanes = new Float32Array(4);
  values.forEach((value, i) => (lanes[i % 4]! += value));
  return Math.fround(Math.fround(lanes[0]! + lanes[1]!) + Math.fround(lanes[2]! + lanes[3]!));
}

/** sumInOrder / n, rounded. */
export const meanInOrder = (values: Float32Array): number => Math.fround(sumInOrder(values) / values.length);

/** errors[i] = term(f32(x[i] - y[i])), rounded to f32. */
export function residualInto(errors: Float32Array, x: Float32Array, y: Float32Array, term: (d: number) => number): void {
  for (let i = 0; i < x.length; i++) errors[i] = term(Math.fround(x[i]! - y[i]!));
}

/** Mean of term(x - y) in f64. */
export function meanOf({ x, y }: Seen<'reconstruction'>, term: (d: number) => number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term(x[i]! - y[i]!);
  return sum / x.length;
}

export const square = (d: number): number => d * d;
