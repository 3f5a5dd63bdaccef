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

/** A window that could be looked into. */
type Looked = Pick<Detail, 'window' | 'score' | 'position'>;

type Pending =
  | { readonly kind: 'sample'; readonly values: ArrayLike<number>; readonly time: number | null }
  /** The next sample does not follow the one before. */
  | { readonly kind: 'cut' };

/** Samples of one sensor in, state out. Scoring is asynchronous and in order; what comes meanwhile waits and is scored as one batch. */
export class Monitor {
  stream: Stream = { name: '', axis: 'row', positionOf: (sample) => sample + 1, marks: [] };
  history = new History();
  state: State = { at: 'waiting' };
  alarms: readonly Alarm[] = [];
  detail: Detail | null = null;
  /** The newest windows that were looked into, the newest last. */
  past: readonly Detail[] = [];
  drift: (Drift & { readonly position: number }) | null = null;
  /** Samples that were taken since the stream began. */
  samples = 0;
  #model: AsyncModel;
  /** Looks into single windows, while the other one goes on; of a model that remembers, none can, and pixels are no causes. */
  readonly #analyst: AsyncModel | null;
  #intake: Intake;
  #watch: DriftWatch;
  #rateFaults = 0;
  #pending: Pending[] = [];
  #working: Promise<void> | null = null;
  /** The samples of the sliding window, as far as they were pushed. */
  #tail = new Float32Array(0);
  #lookedAtMs = -Infinity;
  /** The newest window, where it came too soon to be looked into. */
  #passedOver: Looked | null = null;
  /** Where a window is one sample: the last ones, looked into or not. */
  #recent: Looked[] = [];
  readonly #listeners: (() => void)[] = [];
  readonly #failed: (error: unknown) => void;

  constructor(model: AsyncModel, analyst: AsyncModel, failed: (error: unknown) => void) {
    this.#model = model;
    const { stateful, input } = model.info.manifest;
    this.#analyst = stateful || input.image !== undefined ? null : analyst;
    this.#intake = new Intake(model.info.manifest.input);
    this.#watch = new DriftWatch(model.info.manifest);
    this.#failed = failed;
  }

  /** `listener` is called after each batch of samples, and when a stream begins. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** How often each fault was met since the stream began. */
  get faults(): Readonly<Record<Fault, number>> {
    return { ...this.#intake.faults, rate: this.#rateFaults };
  }

  /** A new stream: nothing of the one before is left. Resolves when the model has forgotten it too. */
  begin(stream: Stream): Promise<void> {
    this.#pending = [];
    return this.#alone(async () => {
      await this.#model.reset();
      this.stream = stream;
      this.history = new History();
      this.state = { at: 'waiting' };
      this.alarms = [];
      this.detail = null;
      this.past = [];
      this.#recent = [];
      this.drift = null;
      this.samples = 0;
      this.#rateFaults = 0;
      this.#intake = new Intake(this.#model.info.manifest.input);
      this.#watch = new DriftWatch(this.#model.info.manifest);
      this.#tail = new Float32Array(0);
      this.#lookedAtMs = -Infinity;
      this.#passedOver = null;
    });
  }

  /** Goes on with another model of the same artifact, whose sliding window is empty. Gives back the one before. */
  async swap(model: AsyncModel): Promise<AsyncModel> {
    const before = this.#model;
    await this.#alone(async () => {
      this.#model = model;
      this.#tail = new Float32Array(0);
    });
    return before;
  }

  /** Takes one sample: a value per channel, NaN where there is none. `time`: seconds. */
  add(values: ArrayLike<number>, time: number | null): void {
    this.#pending.push({ kind: 'sample', values, time });
    this.#start();
  }

  /** No window reaches from the samples before this call to those behind it. */
  cut(): void {
    this.#pending.push({ kind: 'cut' });
    this.#start();
  }

  /** Resolves when all that was added is scored. */
  async drained(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** The stream is over: what waits for the end of a gap is scored as it is, and the last window is looked into. */
  end(): Promise<void> {
    return this.#alone(async () => {
      await this.#score(this.#intake.end());
      const passedOver = this.#passedOver;
      this.#lookedAtMs = -Infinity;
      if (passedOver !== null) await this.#look(passedOver.window, passedOver);
      await this.#lookBack();
    });
  }

  /** Runs a task while no sample is scored; samples that come meanwhile wait. */
  async #alone(task: () => Promise<void>): Promise<void> {
    while (this.#working !== null) await this.#working;
    const done = task();
    this.#occupy(done);
    await done;
    this.#changed();
  }

  #start(): void {
    if (this.#working === null && this.#pending.length > 0) this.#occupy(this.#work());
  }

  #occupy(task: Promise<void>): void {
    this.#working = task.catch(this.#failed).finally(() => {
      this.#working = null;
      this.#start();
    });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      await this.#score(
        pending.flatMap((one): Step[] => (one.kind === 'cut' ? [{ kind: 'reset' }] : this.#intake.take(one.values, one.time))),
      );
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
    /** Of each window that is due, counted from the first of the stream: the sample that ends it. */
    const indexOf = new Map<number, number>();
    for (const { index, score: found, alarm: own } of pushed) {
      const { time, trusted } = steps[index]!;
      if (!trusted) this.#rateFaults++;
      const score = found === 'invalid' || !trusted ? null : found;
      const position = time ?? this.stream.positionOf(this.samples + index);
      this.#note({ position, score, alarm: score !== null && own });
      last = score === null ? null : { index, score, position };
      indexOf.set(this.history.total, index);
      if (score !== null && steps[index]!.values.length === this.#model.size)
        this.#remember({ window: steps[index]!.values, score, position });
    }
    this.samples += steps.length;
    const all = new Float32Array(this.#tail.length + samples.length);
    all.set(this.#tail);
    all.set(samples, this.#tail.length);
    const { size } = this.#model;
    const windowEnding = (index: number): Float32Array => {
      const end = this.#tail.length + (index + 1) * channelCount;
      return all.slice(end - size, end);
    };
    if (last !== null) await this.#look(windowEnding(last.index), last);
    await this.#explain((alarm) => {
      const index = indexOf.get(alarm.peakWindow);
      return index === undefined ? null : windowEnding(index);
    });
    this.#tail = all.slice(Math.max(0, all.length - size));
  }

  #remember(window: Looked): void {
    this.#recent.push(window);
    if (this.#recent.length > remembered) this.#recent.shift();
  }

  #note(scored: Parameters<typeof next>[1]): void {
    this.history.add(scored);
    this.state = next(this.state, scored);
    this.alarms = withWindow(this.alarms, scored, this.history.total);
    if (scored.score === null) return;
    const drift = this.#watch.look(scored.score);
    if (drift !== null)
      this.drift = { ...drift, position: this.history.at(Math.max(0, this.history.length - drift.since)).position };
  }

  /** What is behind a window is asked for no more often than anybody could read it. */
  async #look(window: Float32Array, { score, position }: { readonly score: number; readonly position: number }): Promise<void> {
    const now = performance.now();
    this.#passedOver = now - this.#lookedAtMs < lookEveryMs ? { window, score, position } : null;
    if (this.#passedOver !== null) return;
    this.#lookedAtMs = now;
    const [reconstruction, errors, contributions] = await Promise.all([
      this.#model.reconstruction(),
      this.#model.errors(),
      this.#model.contributions(),
    ]);
    this.detail = { position, score, window, reconstruction, errors, contributions };
    this.past = [...this.past.slice(1 - remembered), this.detail];
  }

  /** Of windows of one sample each, where most were passed over: looks into the last ones again, so that each has its place in a curve. */
  async #lookBack(): Promise<void> {
    if (this.#analyst === null || this.#recent.length <= this.past.length) return;
    const past: Detail[] = [];
    for (const { window, score, position } of this.#recent) {
      await this.#analyst.run(window);
      const [reconstruction, errors, contributions] = await Promise.all([
        this.#analyst.reconstruction(),
        this.#analyst.errors(),
        this.#analyst.contributions(),
      ]);
      past.push({ position, score, window, reconstruction, errors, contributions });
    }
    this.past = past;
  }

  /** What is behind the highest score of each alarm whose window is at hand; of what came as a batch, that is not the newest window. */
  async #explain(windowOf: (alarm: Alarm) => Float32Array | null): Promise<void> {
    if (this.#analyst === null) return;
    for (const alarm of this.alarms.filter(({ causes, peak }) => causes.length === 0 && Number.isFinite(peak))) {
      const window = windowOf(alarm);
      if (window === null) continue;
      await this.#analyst.run(window);
      this.alarms = withCauses(this.alarms, alarm, await this.#analyst.contributions());
    }
  }
}

const lookEveryMs = 80;

/** Windows of one sample each that are shown side by side. */
const remembered = 120;
