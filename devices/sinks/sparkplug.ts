import { setTimeout as pause } from 'node:timers/promises';
import { decodeRecord, type ScoreMessage } from '../record.ts';
import { BirthCounter } from '../sparkplug/birth-counter.ts';
import { EdgeNode } from '../sparkplug/edge-node.ts';
import type { Metric } from '../sparkplug/payload.ts';
import type { SparkplugTransport } from '../sparkplug/transport.ts';
import type { Entry } from '../spool/define.ts';
import type { ConnectionState, Sink, SinkContext } from './define.ts';
import { Device, timeOf } from './sparkplug/device.ts';
import { aliasesPerDevice, columnsOf, firstDeviceAlias, type Column } from './sparkplug/columns.ts';
import { nodeBirth, nodeData } from './sparkplug/node-metrics.ts';
import { checkOptions, type SparkplugOptions } from './sparkplug/options.ts';

export interface SparkplugSinkParts extends SinkContext {
  readonly options: SparkplugOptions;
  readonly transport: SparkplugTransport;
  /** Where bdSeq is kept: a file, which need not be there, in a folder that is. */
  readonly stateFile: string;
  /** The options' place in the config, for errors. */
  readonly where: string;
}

/** Births, and scores, that are made in one go, before the loop belongs to others again. */
const birthsAtOnce = 100;
const scoresAtOnce = 256;

/** Messages that may wait for the connection to take them. */
const unwrittenMost = 500;

/** Milliseconds between two questions whether the server has read what was sent. */
const confirmEveryMs = 200;

/** The gateway as a Sparkplug edge node: each sensor is a device, each score a change of its metrics. */
export class SparkplugSink implements Sink {
  readonly name = 'sparkplug';
  readonly node: EdgeNode;
  readonly #parts: SparkplugSinkParts;
  readonly #columns: readonly Column[];
  readonly #devices = new Map<string, Device>();
  /** Sensors whose DBIRTH has to be sent. */
  readonly #births = new Set<string>();
  /** Device ids whose DDEATH has to be sent. */
  readonly #deaths = new Set<string>();
  /** Sensors that are no more, or not yet again, and were born for what the spool holds of them. */
  readonly #gone = new Set<string>();
  /** Sensors that are. */
  readonly #sensors = new Set<string>();
  #devicesMade = 0;
  #sensorsTold = 0;
  /** Position of the next record to send. */
  #next = 0;
  #confirming = false;
  #isStopping = false;
  #unwatch: (() => void)[] = [];
  #wake: (() => void) | null = null;
  #loop: Promise<void> = Promise.resolve();
  readonly counts = { scores: 0, historical: 0, unreadable: 0 };

  /** Throws an InputError where the options cannot be. */
  constructor(parts: SparkplugSinkParts) {
    const { options, transport, log } = parts;
    const id = { group: options.group, node: options.node ?? parts.node };
    checkOptions(options, id.node, parts.where);
    this.#parts = parts;
    this.#columns = columnsOf(options.contributors);
    this.node = new EdgeNode({
      id,
      primaryHost: options.primaryHost,
      counter: new BirthCounter(parts.stateFile, id, log),
      transport,
      owner: {
        nodeMetrics: (timestamp) => nodeBirth(this.#sensors.size, options.aliases, timestamp),
        onBirth: () => this.#beginBirths(),
        onGone: () => this.#rewind(),
      },
      log,
      rebirthEveryMs: 1000 * options.rebirthSeconds,
    });
  }

  get state(): ConnectionState {
    return this.#parts.transport.state;
  }

  get reconnects(): number {
    return this.#parts.transport.reconnects;
  }

  start(): void {
    const { sensors, consumer } = this.#parts;
    for (const { device } of sensors.all()) this.#sensors.add(device);
    this.#rewind();
    this.#unwatch = [sensors.watch((change, sensor) => this.#note(change, sensor)), consumer.onAppended(() => this.#wake?.())];
    this.#loop = this.#run();
    this.node.open();
  }

  async stop(graceMs: number): Promise<void> {
    const end = performance.now() + graceMs;
    const isDelivered = (): boolean => this.#parts.consumer.position >= this.#next && this.#read().length === 0;
    while (this.node.isBorn && !isDelivered() && performance.now() < end) await pause(10);
    this.#isStopping = true;
    for (const unwatch of this.#unwatch) unwatch();
    this.#wake?.();
    // First the end of the connection: the loop may be waiting for it to take what it never will.
    await this.node.stop();
    await this.#loop;
  }

  /** One after the other: deaths, births, scores; each a bit, so that neither the loop nor memory is filled. */
  async #run(): Promise<void> {
    while (!this.#isStopping) {
      if (!this.node.isBorn || !this.#step()) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      } else {
        await this.node.written(unwrittenMost);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Sends something; false: there is nothing to send. */
  #step(): boolean {
    if (this.#deaths.size > 0) return this.#sendDeaths();
    if (this.#births.size > 0) return this.#sendBirths();
    if (this.node.at === 'births') {
      this.node.allBorn();
      return true;
    }
    const entries = this.#read();
    if (entries.length > 0) return this.#sendScores(entries);
    return this.#buryGone() || this.#sendNode();
  }

  #beginBirths(): void {
    this.#deaths.clear();
    this.#gone.clear();
    for (const device of this.#devices.values()) device.isBorn = false;
    for (const sensor of this.#sensors) this.#births.add(sensor);
    this.#sensorsTold = this.#sensors.size;
    this.#wake?.();
  }

  /** What the server has not confirmed is sent again in the next session: a host knows it by its sequence number. */
  #rewind(): void {
    this.#next = this.#parts.consumer.position;
    this.#wake?.();
  }

  #note(change: 'added' | 'changed' | 'removed', sensor: string): void {
    if (change === 'removed') {
      const device = this.#devices.get(sensor);
      if (device?.isBorn === true) this.#deaths.add(device.id);
      for (const set of [this.#sensors, this.#births, this.#gone]) set.delete(sensor);
      this.#devices.delete(sensor);
    } else {
      this.#sensors.add(sensor);
      this.#gone.delete(sensor);
      this.#births.add(sensor);
    }
    this.#wake?.();
  }

  #sendDeaths(): true {
    for (const id of this.#deaths) this.node.sendDevice('DDEATH', id, []);
    this.#deaths.clear();
    return true;
  }

  #sendBirths(): true {
    let left = birthsAtOnce;
    for (const sensor of this.#births) {
      if (left-- === 0) break;
      this.#births.delete(sensor);
      const view = this.#parts.sensors.get(sensor);
      if (view === undefined) continue;
      const device = this.#deviceOf(sensor);
      this.node.sendDevice('DBIRTH', device.id, device.birth(view));
    }
    return true;
  }

  #sendScores(entries: readonly Entry[]): true {
    const groups = new Map<Device, { metrics: Metric[]; time: number }>();
    for (const { data } of entries) {
      const message = this.#parse(data);
      if (message === null) continue;
      const device = this.#bornDeviceOf(message);
      const { metrics, isHistorical } = device.data(message);
      const time = timeOf(message);
      const group = groups.get(device);
      // A payload has to be in the order of time; where a clock was set back, another one begins.
      if (group !== undefined && time < group.time) this.node.sendDevice('DDATA', device.id, group.metrics);
      if (group === undefined || time < group.time) groups.set(device, { metrics: [...metrics], time });
      else {
        group.metrics.push(...metrics);
        group.time = time;
      }
      this.counts[isHistorical ? 'historical' : 'scores']++;
    }
    for (const [device, { metrics }] of groups) this.node.sendDevice('DDATA', device.id, metrics);
    this.#next = entries.at(-1)!.position + 1;
    void this.#confirm();
    return true;
  }

  /** Deaths of sensors that were born for the spool's sake, when it holds no more of them. */
  #buryGone(): boolean {
    for (const sensor of this.#gone) {
      this.#deaths.add(this.#deviceOf(sensor).id);
      this.#devices.delete(sensor);
    }
    this.#gone.clear();
    return this.#deaths.size > 0;
  }

  #sendNode(): boolean {
    if (this.#sensorsTold === this.#sensors.size) return false;
    this.#sensorsTold = this.#sensors.size;
    this.node.sendNodeData(nodeData(this.#sensorsTold, this.#parts.options.aliases, Date.now()));
    return true;
  }

  #read(): readonly Entry[] {
    return this.#parts.consumer.read(this.#next, scoresAtOnce);
  }

  #parse(data: Uint8Array): ScoreMessage | null {
    try {
      return JSON.parse(Buffer.from(decodeRecord(data).json).toString());
    } catch (error) {
      this.counts.unreadable++;
      this.#parts.log.error('a record of the spool is not a score', { error: String(error) });
      return null;
    }
  }

  #bornDeviceOf(message: ScoreMessage): Device {
    const device = this.#deviceOf(message.device);
    if (device.isBorn) return device;
    const view = this.#parts.sensors.get(message.device);
    if (view === undefined) this.#gone.add(message.device);
    this.node.sendDevice('DBIRTH', device.id, view === undefined ? device.birthOfGone(message) : device.birth(view));
    return device;
  }

  #deviceOf(sensor: string): Device {
    const known = this.#devices.get(sensor);
    if (known !== undefined) return known;
    // Never given twice: a host that still knows the old owner of an alias would take one sensor's scores for another's.
    const alias = firstDeviceAlias + aliasesPerDevice * this.#devicesMade++;
    const device = new Device(sensor, this.#columns, this.#parts.options.aliases ? alias : null);
    if (device.id !== sensor)
      this.#parts.log.info('Sparkplug: a device has another id than its sensor', { sensor, id: device.id });
    this.#devices.set(sensor, device);
    return device;
  }

  /** The cursor moves on when the server has read what was sent: QoS 0 alone would lose what a broken connection still held. */
  async #confirm(): Promise<void> {
    if (this.#confirming) return;
    const { consumer } = this.#parts;
    this.#confirming = true;
    while (this.node.isBorn && this.#next > consumer.position) {
      const upTo = this.#next;
      if (!(await this.node.confirm())) break;
      if (upTo > consumer.position) consumer.acknowledge(upTo);
      await pause(confirmEveryMs);
    }
    this.#confirming = false;
  }
}
