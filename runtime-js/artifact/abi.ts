/** Version of the contract between an artifact and its host. */
export const abiVersion = 1;

export type Target = 'simd' | 'scalar';

/**
 * ABI 1, as one table that the emitter writes and the loader checks. `address`: immutable i32 global, a constant byte
 * address of f32 values. `state`: mutable global. An optional export is absent where the model cannot have it.
 */
export const abiExports = {
  memory: { kind: 'memory', optional: false, meaning: "the module's memory" },
  sample: { kind: 'address', optional: false, meaning: 'one sample of a stream: f32[channels]' },
  input: { kind: 'address', optional: false, meaning: 'windows to score: f32[batch x size]' },
  output: { kind: 'address', optional: false, meaning: "reconstruction of the last window in the user's units: f32[size]" },
  errors: { kind: 'address', optional: false, meaning: 'contribution of each value of the last window to its score: f32[size]' },
  scores: { kind: 'address', optional: false, meaning: 'scores of the last batch: f32[batch]' },
  latent: { kind: 'address', optional: true, meaning: 'latent code: f32[latent]' },
  score: { kind: 'state', optional: false, meaning: 'the last score: f32' },
  alarm: { kind: 'state', optional: false, meaning: '1 while the last score is above the threshold, else 0: i32' },
  run: { kind: 'function', optional: false, meaning: 'scores the first window at input: () -> f32' },
  runBatch: { kind: 'function', optional: false, meaning: 'scores n windows at input into scores: (n: i32) -> ()' },
  checksum: { kind: 'function', optional: false, meaning: 'FNV-1a of memory: (address: i32, bytes: i32) -> i32' },
  push: {
    kind: 'function',
    optional: false,
    meaning: 'takes the sample into the sliding window: () -> 0, 1 where there is a new score, 2 where a value is not finite',
  },
  reset: {
    kind: 'function',
    optional: false,
    meaning: 'forgets the sliding window, and what stateful layers remember: () -> ()',
  },
  encode: { kind: 'function', optional: true, meaning: 'input -> latent: () -> ()' },
  decode: { kind: 'function', optional: true, meaning: 'latent -> output: () -> ()' },
  sample_latent: {
    kind: 'function',
    optional: true,
    meaning: 'draws a latent code from the normal distribution and decodes it: (seed: i32) -> ()',
  },
} as const satisfies Record<
  string,
  { readonly kind: 'memory' | 'address' | 'state' | 'function'; readonly optional: boolean; readonly meaning: string }
>;

/** The exports of an instance, after they were checked. */
export interface AbiInstance {
  readonly memory: WebAssembly.Memory;
  readonly sample: WebAssembly.Global;
  readonly input: WebAssembly.Global;
  readonly output: WebAssembly.Global;
  readonly errors: WebAssembly.Global;
  readonly scores: WebAssembly.Global;
  readonly latent?: WebAssembly.Global;
  readonly score: WebAssembly.Global;
  readonly alarm: WebAssembly.Global;
  readonly run: () => number;
  readonly runBatch: (windows: number) => void;
  readonly checksum: (address: number, bytes: number) => number;
  readonly push: () => number;
  readonly reset: () => void;
  readonly encode?: () => void;
  readonly decode?: () => void;
  readonly sample_latent?: (seed: number) => void;
}
