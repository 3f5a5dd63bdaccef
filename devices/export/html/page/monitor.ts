import type { AsyncModel } from '../../../../runtime-js/async-model.ts';
import type { Contribution } from '../../../../runtime-js/contributions.ts';
import { DriftWatch, type Drift } from '../../../../runtime-js/drift.ts';
import { Intake, type Fault, type Step } from '../../../../runtime-js/intake.ts';
import { next, withCauses, withWindow, type Alarm, type State } from './alarms.ts';
import type { Axis } from './format.ts';
import { History } from './history.ts';

/** A window that was looked into: the newest that has a score. */
export interface Detail {
  readonly position: number;
  readonly score: number;
  /** f32[samples x channels] */
  readonly window: Float32Array;
  /** f32[values that the model reads] */
  readonly reconstruction: Float32Array;
  readonly errors: Float32Array;
  readonly contributions: readonly Contribution[];
}

/** How a stream of samples is to be understood. */
export interface Stream {
  readonly name: string;
  readonly axis: Axis;
  /** Position of a sample that brings no time: of its number, from 0. */
  readonly positionOf: (sample: number) => number;
  readonly marks: readonly { readonly position: number; readonly label: string }[];
}

interface Pending {
  readonly values: ArrayLike<number>;
  readonly time: number | null;
}

/** Samples of one sensor in, state out. Scoring is asynchronous and in order; what comes meanwhile waits and is scored as one batch. */
export class Monitor {
  stream: Stream = { name: '', axis: 'row', positionOf: (sample) => sample + 1, marks: [] };
  history = new History();
  state: State = { at: 'waiting' };
  alarms: readonly Alarm[] = [];
  detail: Detail | null = null;
  drift: (Drift & { readonly position: number }) | null = null;
  /** Samples that were taken since the stream began. */
  samples = 0;
  #model: AsyncModel;
  #intake: Intake;
  #watch: DriftWatch;
  #rateFaults = 0;
  #pending: Pending[] = [];
  #working: Promise<void> | null = null;
  /** The samples of the sliding window, as far as they were pushed. */
  #tail = new Float32Array(0);
  #lookedAtMs = -Infinity;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;

  constructor(model: AsyncModel, { changed, failed }: { readonly changed: () => void; readonly failed: (error: unknown) => void }) {
    this.#model = model;
    this.#intake = new Intake(model.info.manifest.input);
    this.#watch = new DriftWatch(model.info.manifest);
    this.#changed = changed;
    this.#failed = failed;
  }

  get model(): AsyncModel {
    return this.#model;
  }

  /** How often each fault was met since the stream began. */
  get faults(): Readonly<Record<Fault, number>> {
    return { ...this.#intake.faults, rate: this.#rateFaults };
  }

  /** A new stream: nothing of the one before is left. Resolves when the model has forgotten it too. */
  async begin(stream: Stream): Promise<void> {
    this.#pending = [];
    await this.#working;
    await this.#model.reset();
    this.stream = stream;
    this.history = new History();
    this.state = { at: 'waiting' };
    this.alarms = [];
    this.detail = null;
    this.drift = null;
    this.samples = 0;
    this.#rateFaults = 0;
    this.#intake = new Intake(this.#model.info.manifest.input);
    this.#watch = new DriftWatch(this.#model.info.manifest);
    this.#tail = new Float32Array(0);
    this.#lookedAtMs = -Infinity;
    this.#changed();
  }

  /** Goes on with another model of the same artifact, whose sliding window is empty. Gives back the one before. */
  async swap(model: AsyncModel): Promise<AsyncModel> {
    await this.#working;
    const before = this.#model;
    this.#model = model;
    this.#tail = new Float32Array(0);
    return before;
  }

  /** Takes one sample: a value per channel, NaN where there is none. `time`: seconds. */
  add(values: ArrayLike<number>, time: number | null): void {
    this.#pending.push({ values, time });
    this.#start();
  }

  /** Resolves when all that was added is scored. */
  async drained(): Promise<void> {
    await this.#working;
  }

  /** The stream is over: what waits for the end of a gap is scored as it is, and the last window is looked into. */
  async end(): Promise<void> {
    await this.#working;
    this.#lookedAtMs = -Infinity;
    await this.#score(this.#intake.end());
    this.#changed();
  }

  #start(): void {
    if (this.#working !== null) return;
    this.#working = this.#work()
      .catch(this.#failed)
      .finally(() => (this.#working = null));
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      await this.#score(pending.flatMap(({ values, time }) => this.#intake.take(values, time)));
      this.#changed();
    }
  }

  async #score(steps: readonly Step[]): Promise<void> {
    for (let from = 0; from < steps.length;) {
      if (steps[from]!.kind === 'reset') {
        await this.#model.reset();
        this.#tail = new Float32Array(0);
        from++;
        continue;
      }
      let to = from;
      while (to < steps.length && steps[to]!.kind === 'sample') to++;
      await this.#push(steps.slice(from, to).flatMap((step) => (step.kind === 'sample' ? [step] : [])));
      from = to;
    }
  }

  async #push(steps: readonly Extract<Step, { kind: 'sample' }>[]): Promise<void> {
    const { channelCount } = this.#model.info.manifest.input;
    const samples = new Float32Array(steps.length * channelCount);
    steps.forEach(({ values }, i) => samples.set(values, i * channelCount));
    const pushed = await this.#model.pushBatch(samples);
    let last: { readonly index: number; readonly score: number; readonly position: number } | null = null;
    for (const { index, score: found, alarm: own } of pushed) {
      const { time, trusted } = steps[index]!;
      if (!trusted) this.#rateFaults++;
      const score = found === 'invalid' || !trusted ? null : found;
      const position = time ?? this.stream.positionOf(this.samples + index);
      this.#note({ position, score, alarm: score !== null && own });
      last = score === null ? null : { index, score, position };
    }
    this.samples += steps.length;
    const all = new Float32Array(this.#tail.length + samples.length);
    all.set(this.#tail);
    all.set(samples, this.#tail.length);
    const { size } = this.#model;
    if (last !== null) {
      const end = this.#tail.length + (last.index + 1) * channelCount;
      if (end >= size) await this.#look(all.slice(end - size, end), last);
    }
    this.#tail = all.slice(Math.max(0, all.length - size));
  }

  #note(scored: Parameters<typeof next>[1]): void {
    this.history.add(scored);
    this.state = next(this.state, scored);
    this.alarms = withWindow(this.alarms, scored);
    if (scored.score === null) return;
    const drift = this.#watch.look(scored.score);
    if (drift !== null) this.drift = { ...drift, position: this.history.at(Math.max(0, this.history.length - drift.since)).position };
  }

  /** What is behind a window is asked for no more often than anybody could read it. */
  async #look(window: Float32Array, { score, position }: { readonly score: number; readonly position: number }): Promise<void> {
    const now = performance.now();
    const isNews = this.alarms.at(-1)?.causes.length === 0;
    if (now - this.#lookedAtMs < lookEveryMs && !isNews) return;
    this.#lookedAtMs = now;
    const [reconstruction, errors, contributions] = await Promise.all([
      this.#model.reconstruction(),
      this.#model.errors(),
      this.#model.contributions(),
    ]);
    this.detail = { position, score, window, reconstruction, errors, contributions };
    this.alarms = withCauses(this.alarms, score, contributions);
  }
}

const lookEveryMs = 80;
