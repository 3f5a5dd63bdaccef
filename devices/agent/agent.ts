import type { Log } from '../log.ts';
import type { LoadedArtifact } from '../scoring/artifact.ts';
import type { Sink } from '../sinks/define.ts';
import type { Refusal, Sample, SampleSeries, Source, SourceReceiver } from '../sources/define.ts';
import type { Spool } from '../spool/define.ts';
import type { Engine, EngineOptions } from './engine.ts';
import type { Metrics } from './metrics.ts';
import { RefusalLog } from './refusal-log.ts';
import type { State } from './state.ts';

export interface AgentOptions {
  /** Seconds from one snapshot of all windows to the next. */
  readonly snapshotSeconds: number;
  /** Bytes of the journal at which a snapshot is taken sooner. */
  readonly snapshotBytes: number;
  /** Whether samples are acknowledged only after they are on the medium: they then survive a power cut too. */
  readonly syncAlways: boolean;
  /** Otherwise, seconds from one sync of the disk to the next. */
  readonly syncSeconds: number;
  /** Seconds without a sample after which a sensor is given up; null: never. */
  readonly forgetSeconds: number | null;
  /** Seconds that the sinks get at the end to deliver what is left. */
  readonly graceSeconds: number;
}

/** A turn ends sooner when it has so many bytes for the journal. */
const turnBytes = 2 ** 20;

/**
 * Source -> window -> score -> spool -> sinks. What happens within one turn of the event loop is scored together and written together;
 * then the sources are told that their samples are safe.
 */
export class Agent implements SourceReceiver {
  readonly #engine: Engine;
  readonly #state: State;
  readonly #spool: Spool;
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #options: AgentOptions;
  readonly #refusals: RefusalLog;
  #sources: readonly Source[] = [];
  #sinks: readonly Sink[] = [];
  #turn: NodeJS.Immediate | null = null;
  /** When the first sample of this turn came, in milliseconds. */
  #turnBegan = 0;
  #waiting: (() => void)[] = [];
  readonly #marking: (() => void)[] = [];
  #timers: NodeJS.Timeout[] = [];
  #bytesSinceSnapshot = 0;

  constructor(
    parts: {
      readonly engine: Engine;
      readonly state: State;
      readonly spool: Spool;
      readonly metrics: Metrics;
      readonly log: Log;
    },
    options: AgentOptions,
  ) {
    this.#engine = parts.engine;
    this.#state = parts.state;
    this.#spool = parts.spool;
    this.#metrics = parts.metrics;
    this.#log = parts.log;
    this.#options = options;
    this.#refusals = new RefusalLog(parts.log);
  }

  get engine(): Engine {
    return this.#engine;
  }

  get sources(): readonly Source[] {
    return this.#sources;
  }

  get sinks(): readonly Sink[] {
    return this.#sinks;
  }

  /** Settles when no source has any more; never where one goes on for ever. */
  get ended(): Promise<void> {
    return Promise.all(this.#sources.map(({ ended }) => ended)).then(() => {});
  }

  /** Sinks first: what was spooled before goes out while the sources connect. */
  async start(sources: readonly Source[], sinks: readonly Sink[]): Promise<void> {
    this.#sources = sources;
    this.#sinks = sinks;
    for (const sink of sinks) sink.start();
    const { snapshotSeconds, syncSeconds, syncAlways, forgetSeconds } = this.#options;
    this.#every(snapshotSeconds, () => this.snapshot());
    if (!syncAlways) this.#every(syncSeconds, () => void this.#sync());
    if (forgetSeconds !== null) this.#every(60, () => this.#forget(forgetSeconds));
    await Promise.all(sources.map((source) => source.start(this, this.#engine.marks.get(source.name) ?? null)));
  }

  take(sample: Sample): void {
    if (this.#turn === null) this.#beginTurn();
    this.#metrics.samples++;
    const refusal = this.#engine.take(sample);
    if (refusal !== null) this.refuse(refusal, sample.sensor);
    if (this.#engine.pendingBytes >= turnBytes) this.#endTurn();
  }

  takeSeries(series: SampleSeries): void {
    if (this.#turn === null) this.#beginTurn();
    const refusal = this.#engine.takeSeries(series);
    if (refusal !== null) this.refuse(refusal, series.sensor);
    else this.#metrics.samples += series.values.length / this.#engine.channelsOf(series.artifact);
    if (this.#engine.pendingBytes >= turnBytes) this.#endTurn();
  }

  refuse(reason: Refusal, detail: string): void {
    this.#metrics.refuse(reason);
    this.#refusals.add(reason, detail);
  }

  mark(source: string, position: string): void {
    if (this.#turn === null) this.#beginTurn();
    this.#engine.mark(source, position);
  }

  markMore(source: string, more: string): void {
    if (this.#turn === null) this.#beginTurn();
    this.#engine.markMore(source, more);
  }

  beforeWriting(listener: () => void): void {
    this.#marking.push(listener);
  }

  safe(): Promise<void> {
    if (this.#turn === null) return this.#options.syncAlways ? this.#sync() : Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Writes down all windows, so that the journal can begin anew. */
  snapshot(isLast = false): void {
    this.#endTurn();
    this.#state.save(this.#engine, this.#spool.next, isLast);
    this.#bytesSinceSnapshot = 0;
  }

  /** Goes on with other artifacts between two samples. */
  swap(artifacts: readonly LoadedArtifact[], options: EngineOptions): void {
    this.#endTurn();
    const anew = this.#engine.swap(artifacts, options);
    this.snapshot();
    this.#metrics.swaps++;
    for (const { name, sha256 } of artifacts) {
      this.#log.info('artifact in use', { artifact: name, sha256, windows: anew.includes(name) ? 'begin anew' : 'go on' });
    }
  }

  /** Lets go of the sources, scores what came, delivers what it can, and writes down the rest. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    for (const timer of this.#timers) clearInterval(timer);
    this.snapshot(true);
    await Promise.all(this.#sinks.map((sink) => sink.stop(1000 * this.#options.graceSeconds)));
    await this.#spool.close();
    await this.#state.close();
  }

  #every(seconds: number, action: () => void): void {
    const timer = setInterval(action, 1000 * seconds);
    timer.unref();
    this.#timers.push(timer);
  }

  #beginTurn(): void {
    this.#turnBegan = performance.now();
    this.#turn = setImmediate(() => {
      this.#endTurn();
      if (this.#bytesSinceSnapshot >= this.#options.snapshotBytes) this.snapshot();
    });
  }

  #endTurn(): void {
    for (const mark of this.#marking) mark();
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    const { journal, records } = this.#engine.endTurn();
    if (journal.length > 0) this.#bytesSinceSnapshot += this.#state.append(journal);
    if (records.length > 0) {
      this.#spool.append(records);
      this.#metrics.latency(performance.now() - this.#turnBegan, records.length);
    }
    this.#release();
  }

  /** Tells the sources that what they gave is safe. */
  #release(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const release = (): void => waiting.forEach((resolve) => resolve());
    if (this.#options.syncAlways) void this.#sync().then(release);
    else release();
  }

  /** A disk that is full or broken is said elsewhere: scores and alarms go on. */
  async #sync(): Promise<void> {
    await Promise.allSettled([this.#state.sync(), this.#spool.sync()]);
  }

  #forget(seconds: number): void {
    const gone = this.#engine.forgetBefore(Date.now() - 1000 * seconds);
    if (gone.length === 0) return;
    this.#log.info('sensors are given up: nothing came from them', { sensors: gone.length, first: gone[0]!, seconds });
    this.#endTurn();
  }
}
