import type { AbiInstance } from './artifact/abi.ts';
import { verifyBulk } from './artifact/checksum.ts';
import { ArtifactError } from './artifact/error.ts';
import { valuesRead, type Manifest } from './artifact/manifest.ts';
import { contributionsOf, type Contribution } from './contributions.ts';
import { readArtifact, type ArtifactParts } from './artifact/read.ts';
import { checkScores, notFinite, windowsIn, wrongLength } from './window-error.ts';
import { instantiate, instantiateSync } from './wasm/instantiate.ts';

/** What runs, and what the artifact says of itself. */
export interface ModelInfo {
  readonly backend: 'wasm';
  readonly manifest: Manifest;
  /** Size of the artifact in bytes. */
  readonly artifactBytes: number;
  /** Size of the instance's memory in bytes. */
  readonly memoryBytes: number;
}

/** A window that `pushBatch` completed. */
export interface Pushed {
  /** Which sample of those that were given completed it. */
  readonly index: number;
  /** 'invalid': a value of the window is not finite. */
  readonly score: number | 'invalid';
  readonly alarm: boolean;
}

/** Golden windows whose score differs from what the compiler wrote down. Empty: this host gives the same bits. */
export interface Verification {
  readonly windows: number;
  readonly mismatches: readonly { readonly window: number; readonly expected: number; readonly found: number }[];
}

/**
 * A loaded artifact: windows of sensor values in, anomaly scores out.
 *
 * @example
 * const model = await load('pump.wasm');
 * const score = model.run(window); // window: model.size values
 * if (model.alarm) console.log(`abnormal: ${score} > ${model.threshold}`);
 */
export class Model {
  readonly info: ModelInfo;
  /** Values per window. */
  readonly size: number;
  readonly #where: string;
  #abi: AbiInstance | null;
  readonly #golden: ArtifactParts['golden'];
  readonly #sample: Float32Array;
  #window: Float32Array;
  #run: () => number;

  constructor(where: string, artifactBytes: number, { manifest, golden }: ArtifactParts, abi: AbiInstance) {
    const memoryBytes = abi.memory.buffer.byteLength;
    this.info = { backend: 'wasm', manifest, artifactBytes, memoryBytes };
    this.size = manifest.input.size;
    this.#where = where;
    this.#abi = abi;
    this.#golden = golden;
    this.#window = this.#view(abi.input, this.size);
    this.#sample = this.#view(abi.sample, manifest.input.channelCount);
    this.#run = abi.run;
  }

  /** A window whose score is above it is abnormal. */
  get threshold(): number {
    return this.info.manifest.score.threshold;
  }

  /** Whether the last score is above the threshold. */
  get alarm(): boolean {
    return this.#live.alarm.value === 1;
  }

  /** Values of the latent code, or null where the model has none. */
  get latentSize(): number | null {
    return this.info.manifest.latent;
  }

  /** Scores one window of `size` values in the user's units. Throws a RangeError for a wrong length or a value that is not finite. */
  run(window: ArrayLike<number>): number {
    if (window.length !== this.size) throw wrongLength(this.#where, 'a window', this.size, window.length);
    this.#window.set(window);
    const score = this.#run();
    // NaN and infinities differ from themselves when subtracted.
    if (score - score !== 0) throw notFinite(this.#where, this.info.manifest, window);
    return score;
  }

  /** Scores windows that lie one after the other, f32[n x size], and gives f32[n]. `alarm` then tells of the last one. */
  runBatch(windows: Float32Array): Float32Array {
    const count = windowsIn(this.#where, windows, this.size);
    const { batch } = this.info.manifest;
    const scores = new Float32Array(count);
    const input = this.#view(this.#live.input, batch * this.size);
    const results = this.#view(this.#live.scores, batch);
    for (let first = 0; first < count; first += batch) {
      const now = Math.min(batch, count - first);
      input.set(windows.subarray(first * this.size, (first + now) * this.size));
      this.#live.runBatch(now);
      scores.set(now === batch ? results : results.subarray(0, now), first);
    }
    checkScores(this.#where, this.info.manifest, windows, scores);
    return scores;
  }

  /**
   * Takes one sample of a stream, a value per channel in the units of the sensors, into the sliding window. Gives the score where the
   * sample completes a window (every `hop` samples), 'waiting' between, and 'invalid' where a window is due that holds a value which is
   * not finite: NaN may be pushed for what a sensor did not give, and never becomes a score.
   *
   * @example
   * for (const sample of samples) {
   *   const score = model.push(sample);
   *   if (typeof score === 'number' && model.alarm) console.log(`abnormal: ${score}`);
   * }
   */
  push(sample: ArrayLike<number>): number | 'waiting' | 'invalid' {
    if (sample.length !== this.#sample.length) throw wrongLength(this.#where, 'a sample', this.#sample.length, sample.length);
    this.#sample.set(sample);
    const result = this.#live.push();
    if (result === 0) return 'waiting';
    const score: number = this.#live.score.value;
    return result === 1 && score - score === 0 ? score : 'invalid';
  }

  /** Pushes samples that lie one after the other, f32[n x channels], and tells of the windows that they completed. */
  pushBatch(samples: Float32Array): Pushed[] {
    const channels = this.#sample.length;
    if (samples.length % channels !== 0)
      throw wrongLength(this.#where, 'a batch of samples', channels, samples.length, 'a multiple of ');
    const pushed: Pushed[] = [];
    for (let at = 0; at < samples.length; at += channels) {
      const score = this.push(samples.subarray(at, at + channels));
      if (score !== 'waiting') pushed.push({ index: at / channels, score, alarm: this.alarm });
    }
    return pushed;
  }

  /** Forgets what came before: the samples of the sliding window, and what a model that was compiled with --stateful remembers. */
  reset(): void {
    this.#live.reset();
  }

  /** Bytes of what a stateful model remembers from step to step; 0 for others. */
  get stateBytes(): number {
    return (this.info.manifest.states ?? []).reduce((sum, [, bytes]) => sum + bytes, 0);
  }

  /** Copies what a stateful model remembers into u8[stateBytes], so that one model can serve many sequences. The sliding window is not in it. */
  saveStateInto(state: Uint8Array): void {
    let at = 0;
    for (const [address, bytes] of this.info.manifest.states ?? []) {
      state.set(new Uint8Array(this.#live.memory.buffer, address, bytes), at);
      at += bytes;
    }
  }

  /** Goes on from what `saveStateInto` gave; zeros are the state after a reset. */
  restoreState(state: Uint8Array): void {
    if (state.length !== this.stateBytes) throw wrongLength(this.#where, 'a state', this.stateBytes, state.length);
    let at = 0;
    for (const [address, bytes] of this.info.manifest.states ?? []) {
      new Uint8Array(this.#live.memory.buffer, address, bytes).set(state.subarray(at, at + bytes));
      at += bytes;
    }
  }

  /** The latent code of a window, f32[latentSize]: a compressed form that `decode` turns back into a window. */
  encode(window: ArrayLike<number>): Float32Array {
    const { encode, latent } = this.#latentExports();
    if (window.length !== this.size) throw wrongLength(this.#where, 'a window', this.size, window.length);
    this.#checkFinite(window);
    this.#window.set(window);
    encode();
    return this.#view(latent, this.latentSize!).slice();
  }

  /** The window (or its features), f32[values] in the user's units, that a latent code of `latentSize` values stands for. */
  decode(code: ArrayLike<number>): Float32Array {
    const { decode, latent } = this.#latentExports();
    if (code.length !== this.latentSize) throw wrongLength(this.#where, 'a latent code', this.latentSize!, code.length);
    this.#checkFinite(code);
    this.#view(latent, code.length).set(code);
    decode();
    return this.reconstruction;
  }

  /**
   * A window (or its features), f32[values] in the user's units, that a variational autoencoder makes of a code drawn from the normal distribution
   * by `seed`: the same for the same whole number on every host. `encode` of it is about the code that was drawn.
   */
  generate(seed: number): Float32Array {
    const { sample_latent: sampleLatent } = this.#live;
    if (sampleLatent === undefined) {
      throw new ArtifactError(
        this.#where,
        'cannot generate: its model is no variational autoencoder',
        'Use decode with a code that encode gave.',
      );
    }
    if (!Number.isSafeInteger(seed)) throw new RangeError(`${this.#where}: a seed is a whole number, found ${seed}`);
    sampleLatent(seed);
    return this.reconstruction;
  }

  /** Values that the model reads and gives back: `size`, or as many as there are features. */
  get values(): number {
    return valuesRead(this.info.manifest);
  }

  /** A copy of the last reconstruction, f32[values] in the user's units. */
  get reconstruction(): Float32Array {
    return this.#view(this.#live.output, this.values).slice();
  }

  /** A copy of what each value of the last window contributed to its score, f32[values]; docs/scores.md says what that is for each score. */
  get errors(): Float32Array {
    return this.#view(this.#live.errors, this.values).slice();
  }

  /**
   * The channels behind the last score, the greatest first: how much of it each contributed, and by which feature.
   *
   * @example
   * if (model.alarm) console.log(model.contributions().slice(0, 3).map(({ channel, share }) => `${channel} ${Math.round(100 * share)} %`));
   */
  contributions(): Contribution[] {
    return contributionsOf(this.errors, this.info.manifest);
  }

  /** Scores the golden windows on this host and compares the bits; a stateful model is reset before and after. Throws an ArtifactError if they were stripped. */
  verify(): Verification {
    const golden = this.#golden();
    if (golden === null) throw new ArtifactError(this.#where, 'holds no golden vectors', 'Compile it again to get some.');
    if (golden.size !== this.size)
      throw new ArtifactError(
        this.#where,
        `its golden windows have ${golden.size} values, the model ${this.size}`,
        'Compile it again.',
      );
    const windows = golden.scores.length;
    this.reset();
    const mismatches = Array.from({ length: windows }, (_, window) => ({
      window,
      expected: golden.scores[window]!,
      found: this.run(golden.inputs.subarray(window * this.size, (window + 1) * this.size)),
    })).filter(({ expected, found }) => !Object.is(expected, found));
    this.reset();
    return { windows, mismatches };
  }

  /** Lets go of the instance and its memory, also while the model itself is still referred to; it cannot be used after that. */
  dispose(): void {
    this.#abi = null;
    // `run` stays one copy and one call: these two refuse in its stead.
    this.#window = new Float32Array(this.size);
    this.#run = () => this.#live.run();
  }

  get #live(): AbiInstance {
    if (this.#abi === null) throw new Error(`${this.#where}: the model was disposed of`);
    return this.#abi;
  }

  #view(address: WebAssembly.Global, length: number): Float32Array {
    return new Float32Array(this.#live.memory.buffer, address.value, length);
  }

  #latentExports(): Required<Pick<AbiInstance, 'encode' | 'decode' | 'latent'>> {
    const { encode, decode, latent } = this.#live;
    if (encode !== undefined && decode !== undefined && latent !== undefined) return { encode, decode, latent };
    throw new ArtifactError(this.#where, 'has no latent code: the model has no hidden layer', 'Use run or runBatch.');
  }

  #checkFinite(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++)
      if (!Number.isFinite(values[i])) throw notFinite(this.#where, this.info.manifest, values);
  }
}

/** Checks an artifact's bytes and makes a model of them. `where` is named in errors; `module` is the same, compiled already. */
export async function loadBytes(bytes: Uint8Array, where: string, module?: Promise<WebAssembly.Module>): Promise<Model> {
  return loadParts(bytes, readArtifact(bytes, where), where, module);
}

/** The same of an artifact that was read. */
export async function loadParts(
  bytes: Uint8Array,
  parts: ArtifactParts,
  where: string,
  module?: Promise<WebAssembly.Module>,
): Promise<Model> {
  return modelOf(bytes, parts, await instantiate(bytes, parts.manifest, where, module), where);
}

/** The same without a promise: a millisecond sooner in a fresh process, but browsers refuse it for large artifacts. */
export function loadBytesSync(bytes: Uint8Array, where: string): Model {
  const parts = readArtifact(bytes, where);
  return modelOf(bytes, parts, instantiateSync(bytes, parts.manifest, where), where);
}

function modelOf(bytes: Uint8Array, parts: ArtifactParts, abi: AbiInstance, where: string): Model {
  verifyBulk(abi, parts.sections, parts.checksums, where);
  return new Model(where, bytes.length, parts, abi);
}
