import type { ScoreFunction } from './manifest.ts';
import type { Kernel } from './kernel.ts';

/** Index into `ModelGraph.values`. */
export type ValueIndex = number;

/** An activation of one window. */
export type GraphValue =
  /** x' = q - zeroPoint, low <= x' <= high; real = x' * scale. */
  | {
      readonly dtype: 'i16';
      readonly shape: readonly number[];
      readonly low: number;
      readonly high: number;
      readonly scale: number;
    }
  /** f32 values, or the i32 sums of a layer. */
  | { readonly dtype: 'f32' | 'i32'; readonly shape: readonly number[] };

export type GraphConstant = Int8Array | Int16Array | Int32Array | Float32Array;

/** output = kernel(inputs, constants), each constant a C. */
interface Node<C> {
  readonly kernel: Kernel;
  /** The activations that it reads, in the order of the kernel's own description. */
  readonly inputs: readonly ValueIndex[];
  readonly constants: readonly C[];
  readonly output: ValueIndex;
}

/** Constants are plain, row-major, in the order of the kernel's own description. Those of recurrent layers are left out: no accelerator runs them. */
export type GraphNode = Node<GraphConstant>;

interface Graph<C, S> {
  readonly values: readonly GraphValue[];
  /** In topological order; each value but the input is the output of one node. */
  readonly nodes: readonly Node<C>[];
  /** The window as the model reads it: f32. */
  readonly input: ValueIndex;
  /** What the reconstruction is compared with: the input, or the output of the model's own scaling. f32. */
  readonly target: ValueIndex;
  /** f32, as long as the target. */
  readonly reconstruction: ValueIndex;
  /** The reconstruction in the user's units: f32. */
  readonly output: ValueIndex;
  readonly score: Score<S>;
}

/** What any back end needs to compute the scores of an artifact: its layers, in integers, and its score. */
export type ModelGraph = Graph<GraphConstant, Float32Array>;

/**
 * The same as the section `sandglass.graph` holds it, as JSON in raw deflate (RFC 1951): of each constant its address in the data segment,
 * in the order of the kernel that reads it there; of those of the score the length too.
 */
export type StoredGraph = Graph<number, readonly [address: number, length: number]>;

/** The score, with what it reads (compiler/score has the plain reference of each, runtime-as/score what a machine does). */
interface Score<S> {
  readonly function: ScoreFunction;
  /** i16 latent code; what the score looks at is x' * scale. null where it does not look at it. */
  readonly code: ValueIndex | null;
  /** f32 log variance of the code's distribution, where the score looks at it. */
  readonly logVariance: ValueIndex | null;
  /** As `constants` of compiler/score/<function>.ts gives them. */
  readonly constants: readonly S[];
}

export type GraphScore = Score<Float32Array>;
