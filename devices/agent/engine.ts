import type { Refusal, Sample, SampleSeries } from '../sources/define.ts';
import { pipelineOf, type LoadedArtifact } from '../scoring/artifact.ts';
import { SensorPool } from '../scoring/pool.ts';
import type { PublishRule } from '../scoring/publish.ts';
import { JournalWriter, readJournalRecords } from './journal-records.ts';
import { recordOf } from './message.ts';
import type { Snapshot } from './snapshot.ts';

export interface EngineOptions {
  readonly node: string;
  readonly publish: PublishRule;
  /** Channels that a message names at most. */
  readonly why: number;
  /** Sensors of all artifacts together. */
  readonly maxSensors: number;
}

/** What a turn made. */
export interface Turn {
  /** For the journal; empty: nothing happened. */
  readonly journal: Uint8Array;
  /** For the spool. */
  readonly records: readonly Uint8Array[];
}

/** What the outside is told at once. */
export interface EngineEvents {
  /** A sensor was met first, got another artifact, or was given up. */
  sensor(change: 'added' | 'changed' | 'removed', device: string): void;
}

/** Where a sensor is. */
interface Place {
  readonly pool: SensorPool;
  readonly row: number;
}

/**
 * Samples in, records out: no disk, no network, and a clock only for what is said of a score. The same samples in the same turns make
 * the same records in the same order, which is how what a crash interrupted is made again.
 */
export class Engine {
  readonly marks = new Map<string, string>();
  /** Begins anew where what was known of sequence numbers is lost. */
  epoch: number;
  #options: EngineOptions;
  readonly #events: EngineEvents;
  #pools: ReadonlyMap<string, SensorPool>;
  #order: readonly SensorPool[];
  /** The sensors by their numbers in the journal, while a journal is replayed. */
  #places: Map<number, Place> | null = new Map();
  #nextId = 0;
  readonly #journal = new JournalWriter();
  #records: Uint8Array[] = [];
  #sensors = 0;

  constructor(artifacts: readonly LoadedArtifact[], epoch: number, options: EngineOptions, events: EngineEvents) {
    this.epoch = epoch;
    this.#options = options;
    this.#events = events;
    this.#order = artifacts.map((artifact) => this.#poolOf(artifact));
    this.#pools = byName(this.#order);
  }

  get pools(): readonly SensorPool[] {
    return this.#order;
  }

  get sensorCount(): number {
    return this.#sensors;
  }

  /** Values of a sample of an artifact. */
  channelsOf(artifact: string): number {
    return this.#pools.get(artifact)?.artifact.manifest.input.channelCount ?? 1;
  }

  /** Bytes that this turn has for the journal so far. */
  get pendingBytes(): number {
    return this.#journal.length;
  }

  /** Takes a sample; or says why it does not. */
  take({ artifact, sensor, time, values }: Sample): Refusal | null {
    const place = this.#placeFor(artifact, sensor, values.length, false);
    if (typeof place === 'string') return place;
    const { pool, row } = place;
    this.#journal.sample(this.#idOf(pool, row), time, values);
    pool.push(row, values, time);
    return null;
  }

  /** The same of many samples at once. */
  takeSeries({ artifact, sensor, first, step, values }: SampleSeries): Refusal | null {
    const place = this.#placeFor(artifact, sensor, values.length, true);
    if (typeof place === 'string') return place;
    const { pool, row } = place;
    this.#journal.series(this.#idOf(pool, row), first, step, values);
    pool.pushSeries(row, values, first, step);
    return null;
  }

  #placeFor(artifact: string, sensor: string, values: number, isSeries: boolean): Place | Refusal {
    const pool = this.#pools.get(artifact);
    if (pool === undefined) throw new Error(`internal: no artifact is called ${artifact}`);
    const { channelCount } = pool.artifact.manifest.input;
    // While another artifact is taken over, a source may still read for the one before.
    if (isSeries ? values % channelCount !== 0 : values !== channelCount) return 'unknown-channel';
    const row = pool.rows.find(sensor) ?? this.#add(pool, sensor);
    if (typeof row === 'string') return row;
    pool.rows.seenAt[row] = Date.now();
    return { pool, row };
  }

  mark(source: string, position: string): void {
    this.marks.set(source, position);
    this.#journal.mark('mark', source, position);
  }

  markMore(source: string, more: string): void {
    this.marks.set(source, (this.marks.get(source) ?? '') + more);
    this.#journal.mark('mark-more', source, more);
  }

  /** Gives up sensors from which nothing came since then (milliseconds since 1970). */
  forgetBefore(ms: number): string[] {
    const gone: string[] = [];
    for (const pool of this.#order) {
      for (const sensor of pool.rows.names()) {
        if (pool.rows.seenAt[pool.rows.find(sensor)!]! < ms) gone.push(sensor);
      }
    }
    for (const sensor of gone) this.#remove(sensor);
    return gone;
  }

  /** Scores what is due; gives what has to be written. The bytes are valid until the next sample. */
  endTurn(): Turn {
    for (const pool of this.#order) pool.flush();
    const records = this.#records;
    this.#records = [];
    return { journal: this.#journal.take(), records };
  }

  /** What a turn of the past made. */
  replay(data: Uint8Array): readonly Uint8Array[] {
    for (const record of readJournalRecords(data)) {
      switch (record.kind) {
        case 'sensor': {
          const pool = this.#pools.get(record.artifact);
          // An artifact that is no longer in the config: its sensors are not either.
          if (pool === undefined) break;
          const row = pool.rows.find(record.sensor) ?? this.#add(pool, record.sensor);
          if (typeof row === 'number') this.#setId(pool, row, record.id);
          break;
        }
        case 'sample':
        case 'series': {
          const place = this.#places?.get(record.id);
          if (place === undefined || record.values.length % place.pool.artifact.manifest.input.channelCount !== 0) break;
          place.pool.rows.seenAt[place.row] = Date.now();
          if (record.kind === 'sample') place.pool.push(place.row, record.values, record.time);
          else place.pool.pushSeries(place.row, record.values, record.first, record.step);
          break;
        }
        case 'mark':
          this.marks.set(record.source, record.position);
          break;
        case 'mark-more':
          this.marks.set(record.source, (this.marks.get(record.source) ?? '') + record.position);
          break;
        case 'removed': {
          const place = this.#places?.get(record.id);
          if (place !== undefined) this.#remove(place.pool.rows.nameOf(place.row));
          break;
        }
      }
    }
    return this.endTurn().records;
  }

  /** All that is known, at the end of a turn. */
  save(spoolNext: number, journalNext: number): Snapshot {
    return {
      epoch: this.epoch,
      spoolNext,
      journalNext,
      marks: [...this.marks],
      artifacts: this.#order.map((pool) => ({
        name: pool.artifact.name,
        sha256: pool.artifact.sha256,
        pipeline: pipelineOf(pool.artifact.manifest),
        sensors: [...pool.rows.names()].map((sensor) => pool.save(sensor)!),
      })),
    };
  }

  /** What `save` gave is on disk, and the journal begins anew behind it: its sensors are counted as `restore` will do. */
  saved(): void {
    this.#places = null;
    this.#nextId = 0;
    for (const pool of this.#order) for (const row of pool.rows.used()) this.#setId(pool, row, this.#nextId++);
  }

  /** Begins where a snapshot ended, before the first sample. Gives the artifacts whose windows do not fit any more. */
  restore({ epoch, marks, artifacts }: Snapshot): string[] {
    this.epoch = epoch;
    for (const [source, position] of marks) this.marks.set(source, position);
    const changed: string[] = [];
    for (const { name, pipeline, sensors } of artifacts) {
      const pool = this.#pools.get(name);
      const fits = pool !== undefined && pipelineOf(pool.artifact.manifest) === pipeline;
      if (!fits && sensors.length > 0) changed.push(name);
      for (const saved of sensors) {
        const id = this.#nextId++;
        if (pool === undefined) continue;
        pool.restore(saved, fits);
        this.#sensors++;
        const row = pool.rows.find(saved.sensor)!;
        pool.rows.seenAt[row] = Date.now();
        this.#setId(pool, row, id);
      }
    }
    return changed;
  }

  /**
   * Goes on with other artifacts, at the end of a turn: sensors keep their windows where the pipeline is the same, and their alarms and
   * sequence numbers where the name is. Gives the names of those whose windows begin anew.
   */
  swap(artifacts: readonly LoadedArtifact[], options: EngineOptions): string[] {
    const anew: string[] = [];
    const before = this.#pools;
    const alike = JSON.stringify(options) === JSON.stringify(this.#options);
    this.#options = options;
    this.#order = artifacts.map((artifact) => {
      const old = before.get(artifact.name);
      if (alike && old?.artifact.sha256 === artifact.sha256) return old;
      const pool = this.#poolOf(artifact);
      if (old === undefined) return pool;
      const fits = pipelineOf(old.artifact.manifest) === pipelineOf(artifact.manifest);
      if (!fits) anew.push(artifact.name);
      for (const sensor of old.rows.names()) {
        pool.restore(old.save(sensor)!, fits);
        pool.rows.seenAt[pool.rows.find(sensor)!] = Date.now();
      }
      return pool;
    });
    this.#pools = byName(this.#order);
    this.#sensors = this.#order.reduce((sum, { rows }) => sum + rows.count, 0);
    this.#tellOfSwap(before);
    return anew;
  }

  #tellOfSwap(before: ReadonlyMap<string, SensorPool>): void {
    for (const [name, old] of before) {
      const now = this.#pools.get(name);
      if (now === old) continue;
      for (const sensor of old.rows.names()) this.#events.sensor(now === undefined ? 'removed' : 'changed', sensor);
    }
  }

  #poolOf(artifact: LoadedArtifact): SensorPool {
    const { publish, why, node } = this.#options;
    return new SensorPool(artifact, {
      publish,
      why,
      onPublished: (scored) => this.#records.push(recordOf(node, this.epoch, artifact, scored)),
    });
  }

  #add(pool: SensorPool, sensor: string): number | Refusal {
    if (this.#sensors >= this.#options.maxSensors) return 'too-many-sensors';
    if (this.#order.some((other) => other !== pool && other.rows.find(sensor) !== null)) return 'other-artifact';
    this.#sensors++;
    const row = pool.rows.take(sensor);
    this.#events.sensor('added', sensor);
    return row;
  }

  #remove(sensor: string): void {
    const pool = this.#order.find(({ rows }) => rows.find(sensor) !== null);
    if (pool === undefined) return;
    const row = pool.rows.find(sensor)!;
    this.#journal.removed(this.#idOf(pool, row));
    pool.remove(sensor);
    this.#sensors--;
    this.#events.sensor('removed', sensor);
  }

  /** Number in the journal; a sensor that has none is told to it first. */
  #idOf(pool: SensorPool, row: number): number {
    const known = pool.rows.journalId[row]!;
    if (known >= 0) return known;
    const id = this.#nextId++;
    this.#setId(pool, row, id);
    this.#journal.sensor(id, pool.artifact.name, pool.rows.nameOf(row));
    return id;
  }

  #setId(pool: SensorPool, row: number, id: number): void {
    pool.rows.journalId[row] = id;
    this.#places?.set(id, { pool, row });
    this.#nextId = Math.max(this.#nextId, id + 1);
  }
}

const byName = (pools: readonly SensorPool[]): ReadonlyMap<string, SensorPool> =>
  new Map(pools.map((pool) => [pool.artifact.name, pool]));
