import { setImmediate as turn } from 'node:timers/promises';
import { decodeRecord } from '../record.ts';
import { Engine } from '../agent/engine.ts';
import type { Log } from '../log.ts';
import type { LoadedArtifact } from '../scoring/artifact.ts';
import { Checkpoints, type Checkpoint } from './checkpoints.ts';
import type { Counters } from './counters.ts';
import { FrameError, readFrame, type Frame } from './frame.ts';
import { Inbox, type Message } from './inbox.ts';
import type { JetStream } from './jetstream.ts';
import { samplesSubject, scoresSubject, type Names } from './names.ts';
import type { WorkerOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { describeProblem, persist } from './persist.ts';

export interface OwnerParts {
  readonly jetstream: JetStream;
  readonly names: Names;
  readonly partition: number;
  readonly token: number;
  readonly artifacts: readonly LoadedArtifact[];
  readonly options: WorkerOptions;
  readonly counters: Counters;
  readonly log: Log;
  /** Throws Fenced if the partition is somebody else's by now. */
  readonly confirm: () => Promise<void>;
}

/** Scores that wait for the stream: beyond them no samples are taken. */
const mostWaitingBytes = 2 ** 20;
/** Milliseconds of scoring after which others get their turn: signs of life above all. */
const turnMs = 10;

/**
 * Scores one partition for as long as it is ours. Order of what is stored: scores, then the checkpoint that holds the samples that made
 * them, then their acknowledgement. Whatever is cut off, the next owner begins at the checkpoint, gets the samples behind it, and
 * leaves out the scores that are stored.
 */
export class Owner {
  readonly partition: number;
  readonly token: number;
  readonly #parts: OwnerParts;
  readonly #checkpoints: Checkpoints;
  #engine: Engine;
  #outbox: Outbox | null = null;
  #inbox: Inbox | null = null;
  /** Last message that is scored, and the last that a checkpoint holds. */
  #scored = 0;
  #saved = 0;
  #savedAt = performance.now();
  #saving: Promise<void> | null = null;
  #isReleased = false;
  #isFenced = false;
  #values = new Float32Array(0);
  #turnBegan = performance.now();

  private constructor(parts: OwnerParts, samplesCreated: number) {
    this.partition = parts.partition;
    this.token = parts.token;
    this.#parts = parts;
    this.#engine = this.#engineOf(Date.now());
    const { jetstream, names, partition, token, log } = parts;
    const isWanted = (): boolean => !this.#isFenced;
    this.#checkpoints = new Checkpoints({ jetstream, names, partition, token, samplesCreated, log, isWanted });
  }

  static async open(parts: OwnerParts): Promise<Owner> {
    const { jetstream, names, log } = parts;
    const samplesCreated = await persist(`stream ${names.samples}`, log, () => jetstream.createdAt(names.samples));
    const owner = new Owner(parts, samplesCreated);
    await owner.#takeOver(samplesCreated);
    return owner;
  }

  get sensors(): number {
    return this.#engine.sensorCount;
  }

  /** Ends once it is released or the partition is lost; then says which. */
  async run(): Promise<'released' | 'lost'> {
    const inbox = this.#inbox!;
    const outbox = this.#outbox!;
    for await (const message of inbox.messages()) {
      this.#score(message);
      if (outbox.bytes > mostWaitingBytes) await outbox.drained();
      if (inbox.waiting >= this.#parts.options.maxPending / 2) await this.#save();
      if (performance.now() - this.#turnBegan > turnMs) await this.#otherTurns();
    }
    if (this.#isFenced) return 'lost';
    await this.#save();
    await inbox.close();
    return 'released';
  }

  /** Takes a checkpoint if it is time; called at each beat. */
  tick(): void {
    if (this.#isReleased || this.#isFenced || this.#scored === this.#saved) return;
    if (performance.now() - this.#savedAt < 1000 * this.#parts.options.checkpointSeconds) return;
    this.#save().catch((error: unknown) => {
      this.#parts.log.warn('no checkpoint', { partition: this.partition, problem: describeProblem(error) });
      this.fence();
    });
  }

  /** Lets `run` end in order: all that came is scored, stored and written down. */
  release(): void {
    this.#isReleased = true;
    this.#inbox?.stop();
  }

  /** The partition is lost: nothing more is written. */
  fence(): void {
    this.#isFenced = true;
    this.#inbox?.stop();
    this.#outbox?.stop();
  }

  async #takeOver(samplesCreated: number): Promise<void> {
    const { jetstream, names, partition, token, options, log, confirm } = this.#parts;
    const checkpoint = await this.#checkpoints.claim();
    const seq = checkpoint?.seq ?? 0;
    this.#outbox = await Outbox.open(
      { input: seq, count: Infinity },
      { jetstream, stream: names.scores, subject: scoresSubject(names, partition), partition, samplesCreated, log },
    );
    const isAnew = this.#restore(checkpoint, this.#outbox.position.input > seq);
    [this.#scored, this.#saved] = [seq, seq];
    // Scores bear the epoch, so it has to be written down before the first of them.
    if (isAnew) await this.#checkpoints.save(seq, this.#engine.save(0, seq));
    this.#inbox = new Inbox(seq, {
      jetstream,
      stream: names.samples,
      subject: samplesSubject(names, partition),
      name: `p${partition}-t${token}`,
      maxPending: options.maxPending,
      log,
      confirm,
    });
    log.info('partition taken', { partition, sensors: this.#engine.sensorCount, from: seq });
  }

  /** Whether a new epoch began: nothing was known, or scores that are stored already would now be others. */
  #restore(checkpoint: Checkpoint | null, isAhead: boolean): boolean {
    if (checkpoint === null) return true;
    const { artifacts, log, partition } = this.#parts;
    const { snapshot } = checkpoint;
    const changed = this.#engine.restore(snapshot);
    for (const artifact of changed) log.warn('windows begin anew: another pipeline than before', { partition, artifact });
    const isSame = snapshot.artifacts.every(
      ({ name, sha256, sensors }) => sensors.length === 0 || artifacts.some((now) => now.name === name && now.sha256 === sha256),
    );
    if (isSame || !isAhead) return false;
    this.#engine.epoch = Date.now();
    return true;
  }

  #score({ seq, data }: Message): void {
    const { counters } = this.#parts;
    counters.messages++;
    const frame = this.#read(data);
    if (frame !== null) this.#takeSamples(frame);
    const { records } = this.#engine.endTurn();
    counters.scores += records.length;
    records.forEach((record, i) => this.#outbox!.add(seq, i + 1, decodeRecord(record).json));
    this.#scored = seq;
  }

  #takeSamples(frame: Frame): void {
    const { counters } = this.#parts;
    const { artifact, channels, samples } = frame;
    if (this.#values.length !== channels) this.#values = new Float32Array(channels);
    const values = this.#values;
    for (let i = 0; i < samples; i++) {
      frame.copyInto(i, values);
      const refusal = this.#engine.take({ artifact, sensor: frame.sensorOf(i), time: frame.timeOf(i), values });
      if (refusal === null) counters.samples++;
      else counters.refuse(refusal, frame.sensorOf(i));
    }
  }

  /** null: no frame that we can score. It is left out, or it would come again for ever. */
  #read(data: Uint8Array): Frame | null {
    const { artifacts, counters } = this.#parts;
    try {
      const frame = readFrame(data);
      const artifact = artifacts.find(({ name }) => name === frame.artifact);
      if (artifact === undefined) counters.refuse('other-artifact', frame.artifact);
      else if (artifact.manifest.input.channelCount !== frame.channels) {
        counters.refuse(
          'unknown-channel',
          `${frame.artifact}: ${frame.channels} channels, and the artifact reads ${artifact.manifest.input.channelCount}`,
        );
      } else return frame;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      counters.refuse('malformed', error.message);
    }
    return null;
  }

  /** One at a time. */
  #save(): Promise<void> {
    this.#saving ??= this.#saveNow().finally(() => (this.#saving = null));
    return this.#saving;
  }

  async #saveNow(): Promise<void> {
    if (this.#scored === this.#saved) return;
    const seq = this.#scored;
    const snapshot = this.#engine.save(0, seq);
    this.#savedAt = performance.now();
    await this.#outbox!.drained();
    await this.#checkpoints.save(seq, snapshot);
    this.#saved = seq;
    this.#inbox!.acknowledge(seq);
    this.#parts.counters.checkpoints++;
  }

  async #otherTurns(): Promise<void> {
    await turn();
    this.#turnBegan = performance.now();
  }

  #engineOf(epoch: number): Engine {
    const { artifacts, options } = this.#parts;
    const { node, publish, why, maxSensors } = options;
    return new Engine(artifacts, epoch, { node, publish, why, maxSensors }, { sensor() {} });
  }
}
