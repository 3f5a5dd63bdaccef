import { nextAlarm, noAlarm, type AlarmState } from '../artifact/alarm.ts';
import { ArtifactError } from '../artifact/error.ts';
import type { Golden } from '../artifact/golden.ts';
import type { AsyncModel, AsyncModelInfo, BackendChoice } from '../async-model.ts';
import type { Accelerator, BatchResult } from '../backend.ts';
import { contributionsOf, type Contribution } from '../contributions.ts';
import type { Model, Pushed, Verification } from '../model.ts';
import { checkScores, windowsIn, wrongLength } from '../window-error.ts';
import { reasonOf } from './choose.ts';

/** Where the accelerator comes from, and from where another one when it was lost. */
export interface Acceleration {
  /** What the model begins with. */
  readonly choice: BackendChoice;
  readonly accelerator: Accelerator | null;
  /** Resolves when a better choice is known; null: there will be none. */
  readonly later: Promise<{ readonly choice: BackendChoice; readonly accelerator: Accelerator | null }> | null;
  /** Opens the same kind of accelerator again. */
  readonly reopen: (name: Accelerator['name']) => Promise<Accelerator>;
}

/** Milliseconds before a lost device is asked for again, then twice as many, so many times. For some hundred there is no adapter. */
const [firstWait, mostTries] = [1000, 4];

/**
 * A model whose batches run on an accelerator. Streams and the halves of the autoencoder stay on wasm, which one window at a time is faster at
 * and which remembers the stream. If the device is lost, the batch in flight is scored by wasm: nothing is lost, nothing is told twice.
 */
export class AcceleratedModel implements AsyncModel {
  readonly #where: string;
  readonly #model: Model;
  readonly #golden: Golden | null;
  readonly #reopen: Acceleration['reopen'];
  #accelerator: Accelerator | null = null;
  #choice: BackendChoice;
  #alarm: AlarmState = noAlarm;
  /** What the accelerator gave last; null: wasm has it. */
  #last: BatchResult | null = null;
  /** Calls are answered in order. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Ends the batch in flight on a device that is gone and answers no more. */
  #interrupt: (why: Error) => void = () => {};
  #disposed = false;
  readonly settled: Promise<BackendChoice>;

  constructor(where: string, model: Model, golden: Golden | null, { choice, accelerator, later, reopen }: Acceleration) {
    this.#where = where;
    this.#model = model;
    this.#golden = golden;
    this.#reopen = reopen;
    this.#choice = choice;
    this.#use(accelerator);
    this.settled =
      later === null
        ? Promise.resolve(choice)
        : later.then((chosen) => {
            this.#choice = chosen.choice;
            this.#use(chosen.accelerator);
            return chosen.choice;
          });
  }

  get info(): AsyncModelInfo {
    return { ...this.#model.info, ...this.#choice, worker: false };
  }

  get size(): number {
    return this.#model.size;
  }

  get values(): number {
    return this.#model.values;
  }

  get latentSize(): number | null {
    return this.#model.latentSize;
  }

  get threshold(): number {
    return this.#model.threshold;
  }

  get alarm(): boolean {
    return this.#alarm.on;
  }

  run(window: ArrayLike<number>): Promise<number> {
    const mine = Float32Array.from(window);
    return this.#inOrder(async () => {
      if (mine.length !== this.size) throw wrongLength(this.#where, 'a window', this.size, mine.length);
      const [score] = await this.#score(mine);
      return score!;
    });
  }

  runBatch(windows: Float32Array): Promise<Float32Array> {
    // A copy: the caller may write over its own while calls before this one are answered.
    const mine = windows.slice();
    return this.#inOrder(() => this.#score(mine));
  }

  push(sample: ArrayLike<number>): Promise<number | 'waiting' | 'invalid'> {
    const mine = Float32Array.from(sample);
    return this.#inOrder(() => this.#onWasm(() => this.#pushOne(mine)));
  }

  pushBatch(samples: Float32Array): Promise<Pushed[]> {
    const mine = samples.slice();
    const channels = this.info.manifest.input.channelCount;
    return this.#inOrder(() =>
      this.#onWasm(() => {
        if (mine.length % channels !== 0)
          throw wrongLength(this.#where, 'a batch of samples', channels, mine.length, 'a multiple of ');
        const pushed: Pushed[] = [];
        for (let at = 0; at < mine.length; at += channels) {
          const score = this.#pushOne(mine.subarray(at, at + channels));
          if (score !== 'waiting') pushed.push({ index: at / channels, score, alarm: this.alarm });
        }
        return pushed;
      }),
    );
  }

  reset(): Promise<void> {
    return this.#inOrder(() => {
      this.#model.reset();
      this.#alarm = noAlarm;
    });
  }

  encode(window: ArrayLike<number>): Promise<Float32Array> {
    return this.#inOrder(() => this.#onWasm(() => this.#model.encode(window)));
  }

  decode(code: ArrayLike<number>): Promise<Float32Array> {
    return this.#inOrder(() => this.#onWasm(() => this.#model.decode(code)));
  }

  generate(seed: number): Promise<Float32Array> {
    return this.#inOrder(() => this.#onWasm(() => this.#model.generate(seed)));
  }

  reconstruction(): Promise<Float32Array> {
    return this.#inOrder(() => this.#last?.reconstruction.slice() ?? this.#model.reconstruction);
  }

  errors(): Promise<Float32Array> {
    return this.#inOrder(() => this.#errors());
  }

  contributions(): Promise<Contribution[]> {
    return this.#inOrder(() => contributionsOf(this.#errors(), this.info.manifest));
  }

  verify(): Promise<Verification> {
    return this.#inOrder(async () => {
      const golden = this.#golden;
      const accelerator = this.#accelerator;
      if (accelerator === null || golden === null) return this.#onWasm(() => this.#model.verify());
      const { scores } = await accelerator.run(golden.inputs);
      const mismatches = [...golden.scores].flatMap((expected, window) =>
        Object.is(expected, scores[window]) ? [] : [{ window, expected, found: scores[window]! }],
      );
      return { windows: golden.scores.length, mismatches };
    });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#tail;
    this.#accelerator?.dispose();
    this.#accelerator = null;
    this.#model.dispose();
  }

  async #score(windows: Float32Array): Promise<Float32Array> {
    if (windowsIn(this.#where, windows, this.size) === 0) return new Float32Array();
    const scores = (await this.#accelerated(windows)) ?? this.#onWasm(() => this.#model.runBatch(windows));
    for (const score of scores) this.#decide(score);
    checkScores(this.#where, this.info.manifest, windows, scores);
    return scores;
  }

  #errors(): Float32Array {
    return this.#last?.errors.slice() ?? this.#model.errors;
  }

  #pushOne(sample: Float32Array): number | 'waiting' | 'invalid' {
    const score = this.#model.push(sample);
    if (typeof score === 'number') this.#decide(score);
    return score;
  }

  #decide(score: number): void {
    this.#alarm = nextAlarm(this.#alarm, score, this.info.manifest.score);
  }

  #onWasm<T>(work: () => T): T {
    this.#last = null;
    return work();
  }

  /** Scores of the accelerator, or null where there is none, or none any more. */
  async #accelerated(windows: Float32Array): Promise<Float32Array | null> {
    const accelerator = this.#accelerator;
    if (accelerator === null) return null;
    try {
      // Not a race with the promise `lost`: each would stay on its list for as long as the device lives.
      this.#last = await new Promise<BatchResult>((resolve, reject) => {
        this.#interrupt = reject;
        accelerator.run(windows).then(resolve, reject);
      });
      return this.#last.scores;
    } catch (cause) {
      this.#lose(accelerator, reasonOf(cause));
      return null;
    } finally {
      this.#interrupt = () => {};
    }
  }

  #use(accelerator: Accelerator | null): void {
    if (accelerator === null) return;
    if (this.#disposed) {
      accelerator.dispose();
      return;
    }
    this.#accelerator = accelerator;
    void accelerator.lost.then((why) => this.#lose(accelerator, why));
  }

  /** Goes on with wasm, and asks for the device once more after a while. */
  #lose(accelerator: Accelerator, why: string): void {
    if (this.#accelerator !== accelerator) return;
    this.#accelerator = null;
    this.#interrupt(new Error(why));
    this.#reacquire(accelerator.name, why, this.#choice, 0);
  }

  /** `before`: the choice that the device was lost of. */
  #reacquire(name: Accelerator['name'], why: string, before: BackendChoice, tries: number): void {
    const wait = firstWait * 2 ** tries;
    const others = before.others.filter(({ backend }) => backend !== 'wasm' && backend !== name);
    const lost = (what: string): BackendChoice => ({
      backend: 'wasm',
      why: `${name} was lost: ${why}`,
      others: [{ backend: name, why: what }, ...others],
    });
    this.#choice = lost(`lost; asked for again ${wait / 1000} s later`);
    setTimeout(() => {
      if (this.#disposed) return;
      this.#reopen(name).then(
        (again) => {
          this.#choice = { ...before, why: `${before.why}; lost (${why}) and opened again` };
          this.#use(again);
        },
        (cause: unknown) => {
          if (tries + 1 < mostTries) this.#reacquire(name, why, before, tries + 1);
          else this.#choice = lost(`lost, and not to be had again: ${reasonOf(cause)}`);
        },
      );
    }, wait);
  }

  #inOrder<T>(work: () => T | Promise<T>): Promise<T> {
    const answer = this.#tail.then(() => {
      if (this.#disposed) throw new ArtifactError(this.#where, 'the model was disposed of', 'Load it again.');
      return work();
    });
    this.#tail = answer.catch(() => {});
    return answer;
  }
}
