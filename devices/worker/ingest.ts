import { randomUUID } from 'node:crypto';
import { RefusalLog } from '../agent/refusal-log.ts';
import type { Log } from '../log.ts';
import type { Refusal, Sample, Source, SourceReceiver } from '../sources/define.ts';
import { maxNameBytes } from './frame.ts';
import type { JetStream } from './jetstream.ts';
import { Lane } from './lane.ts';
import type { Leases } from './leases.ts';
import { samplesSubject, type Names } from './names.ts';
import type { IngestOptions } from './options.ts';
import { partitionOf } from './partition.ts';
import { persist } from './persist.ts';

export interface IngestParts {
  readonly jetstream: JetStream;
  readonly leases: Leases;
  readonly names: Names;
  readonly partitions: number;
  readonly log: Log;
}

/** Samples of any sources into the samples stream. */
export class Ingest implements SourceReceiver {
  samples = 0;
  readonly refused = new Map<Refusal, number>();
  readonly #parts: IngestParts;
  readonly #options: IngestOptions;
  readonly #lanes: readonly Lane[];
  readonly #refusals: RefusalLog;
  readonly #marks = new Map<string, string>();
  #marking: Promise<void> | null = null;
  #sources: readonly Source[] = [];
  /** What each source said last, whole. */
  readonly #whole = new Map<string, string>();
  readonly #beforeWriting: (() => void)[] = [];

  constructor(parts: IngestParts, options: IngestOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#refusals = new RefusalLog(parts.log);
    const { jetstream, names, partitions, log } = parts;
    // Of this process: what it publishes again after a lost answer has the same id, what another one publishes never.
    const run = randomUUID();
    const frameBytes = Math.min(options.frameBytes, jetstream.maxPayload - 1024);
    this.#lanes = Array.from({ length: partitions }, (_, partition) => {
      const subject = samplesSubject(names, partition);
      return new Lane({ jetstream, subject, idPrefix: `${run}:${partition}`, lingerMs: options.lingerMs, frameBytes, log });
    });
  }

  /** Messages that the stream has taken. */
  get messages(): number {
    return this.#lanes.reduce((sum, { messages }) => sum + messages, 0);
  }

  async start(sources: readonly Source[]): Promise<void> {
    this.#sources = sources;
    for (const source of sources) {
      const mark = await persist('mark of a source', this.#parts.log, () => this.#parts.leases.mark(this.#markKey(source.name)));
      await source.start(this, mark);
    }
  }

  /** Settles when no source has any more. */
  get ended(): Promise<void> {
    return Promise.all(this.#sources.map(({ ended }) => ended)).then(() => {});
  }

  /** Lets go of the sources; what they gave is stored when it settles. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    await this.safe();
    await this.#marking;
  }

  take({ artifact, sensor, time, values }: Sample): void {
    if (!isName(sensor)) {
      this.refuse('malformed', `a sensor's name of ${Buffer.byteLength(sensor)} bytes`);
      return;
    }
    this.samples++;
    this.#lanes[partitionOf(sensor, this.#lanes.length)]!.add(artifact, sensor, time, values);
  }

  refuse(reason: Refusal, detail: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    this.#refusals.add(reason, detail);
  }

  /** Is written down once all that was taken before is stored. */
  mark(source: string, position: string): void {
    this.#marks.set(source, position);
    this.#whole.set(source, position);
    this.#marking ??= this.#writeMarks().finally(() => (this.#marking = null));
  }

  markMore(source: string, more: string): void {
    this.mark(source, (this.#whole.get(source) ?? '') + more);
  }

  beforeWriting(listener: () => void): void {
    this.#beforeWriting.push(listener);
  }

  async safe(): Promise<void> {
    for (const mark of this.#beforeWriting) mark();
    await Promise.all(this.#lanes.filter(({ isEmpty }) => !isEmpty).map((lane) => lane.stored()));
  }

  async #writeMarks(): Promise<void> {
    while (this.#marks.size > 0) {
      const marks = [...this.#marks];
      this.#marks.clear();
      await this.safe();
      for (const [source, position] of marks) {
        await persist('mark of a source', this.#parts.log, () => this.#parts.leases.setMark(this.#markKey(source), position));
      }
    }
  }

  #markKey(source: string): string {
    // Keys of NATS have few characters.
    return `mark.${Buffer.from(`${this.#options.name}/${source}`).toString('base64url')}`;
  }
}

const isName = (name: string): boolean =>
  name.length > 0 && name.length <= maxNameBytes && Buffer.byteLength(name) <= maxNameBytes;
