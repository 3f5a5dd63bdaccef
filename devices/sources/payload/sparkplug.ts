import { fromWire, toWire, dataTypes, type WireValue } from '../../sparkplug/datatypes.ts';
import { rebirthName } from '../../sparkplug/edge-node.ts';
import { MalformedPayload } from '../../sparkplug/malformed.ts';
import { decodePayload, encodePayload, type Metric, type Payload } from '../../sparkplug/payload.ts';
import { nextSeq } from '../../sparkplug/session.ts';
import { nodeTopic, parseTopic, type NodeId, type Topic } from '../../sparkplug/topic.ts';
import type { OutgoingMessage } from '../../sparkplug/transport.ts';
import type { Unsigned64 } from '../../sparkplug/wire-reader.ts';
import type { Refusal } from '../define.ts';

/** What a message says of one moment. */
export interface Metrics {
  readonly group: string;
  readonly node: string;
  /** null: of the edge node itself. */
  readonly device: string | null;
  /** Seconds since 1970 of the measurement; null where the message has no time. */
  readonly timeSeconds: number | null;
  /** Whether it was stored and sent later. */
  readonly isHistorical: boolean;
  /** Metric -> value, of those in the message: whole numbers and dates as numbers, Boolean as 0 or 1, NaN where there is none (is_null). */
  readonly values: ReadonlyMap<string, number>;
  /**
   * Metric -> the last value that is no history, of all metrics of this device: by exception, a message holds only what changed.
   * It changes with the next message.
   */
  readonly current: ReadonlyMap<string, number>;
  /** Metric -> unit (the property engUnit of the birth). */
  readonly units: ReadonlyMap<string, string>;
}

/** What the reader keeps at most, whoever publishes: beyond, births are refused as `too-many-sensors`. */
export interface SparkplugReaderLimits {
  readonly nodes: number;
  readonly devices: number;
  readonly metrics: number;
  /** Seconds from one request for a birth to the next one to the same edge node; doubled up to 64 times while none comes. */
  readonly askSeconds: number;
}

export const sparkplugReaderLimits: SparkplugReaderLimits = { nodes: 1000, devices: 20_000, metrics: 200_000, askSeconds: 10 };

/** Characters of a topic, of a metric's name and of a unit: longer ones are not read, as they would be kept. */
const longestTopic = 1024;
const longestName = 256;

/** What a birth says of a metric. */
interface Known {
  readonly name: string;
  readonly datatype: number;
  readonly owner: Device;
}

interface Device {
  /** By name. */
  readonly metrics: Map<string, Known>;
  readonly units: Map<string, string>;
  readonly current: Map<string, number>;
  /** Those that are its own. */
  readonly aliases: Unsigned64[];
}

interface EdgeNode {
  readonly id: NodeId;
  /** null: no birth was seen, or its death. */
  birth: { readonly bdSeq: number | null; seq: number; readonly node: Device } | null;
  readonly byAlias: Map<Unsigned64, Known>;
  readonly devices: Map<string, Device>;
  /** Milliseconds since 1970 from which a birth may be asked for again, and the wait behind that. */
  askFrom: number;
  askWaitMs: number;
}

/**
 * Sparkplug B as an input: remembers what births say of names, types and units, and gives the numbers of each message.
 * What it cannot understand without a birth that it has not seen it leaves out, and asks the edge node for it.
 */
export class SparkplugReader {
  readonly #limits: SparkplugReaderLimits;
  readonly #ask: (message: OutgoingMessage) => void;
  readonly #nodes = new Map<string, EdgeNode>();
  #devices = 0;
  #metrics = 0;
  readonly counts = {
    /** Messages left out as the birth that explains them was not seen. */
    beforeBirth: 0,
    /** Numbers that did not follow each other: messages were lost. */
    gaps: 0,
    /** Requests for births. */
    asked: 0,
  };

  /** `ask` publishes a command, not retained. */
  constructor(ask: (message: OutgoingMessage) => void, limits: SparkplugReaderLimits = sparkplugReaderLimits) {
    this.#ask = ask;
    this.#limits = limits;
  }

  /** Never throws, whatever the bytes are. Empty: nothing with numbers, or nothing that is understood yet. */
  read(topic: string, payload: Uint8Array, nowMs = Date.now()): readonly Metrics[] | Refusal {
    const at = topic.length > longestTopic ? null : parseTopic(topic);
    if (at === null) return 'unknown-topic';
    if (at.type === 'NCMD' || at.type === 'DCMD') return [];
    let message: Payload;
    try {
      message = decodePayload(payload);
    } catch (error) {
      if (error instanceof MalformedPayload) return 'malformed';
      throw error;
    }
    const node = this.#nodeOf(at);
    return node === null ? 'too-many-sensors' : this.#take(node, at, message, nowMs);
  }

  #take(node: EdgeNode, at: Topic, message: Payload, nowMs: number): readonly Metrics[] | Refusal {
    if (at.type === 'NDEATH') return this.#bury(node, message);
    if (at.type === 'NBIRTH') return this.#bearNode(node, message);
    if (node.birth === null) return this.#wait(node, nowMs);
    this.#follow(node, node.birth, message, nowMs);
    if (at.type === 'DBIRTH') return this.#bearDevice(node, at.device, message);
    if (at.type === 'DDEATH') {
      this.#forget(node, at.device);
      return [];
    }
    const device = at.device === null ? node.birth.node : node.devices.get(at.device);
    if (device === undefined) return this.#wait(node, nowMs);
    return this.#understand(node, at, device, message, nowMs);
  }

  #bearNode(node: EdgeNode, message: Payload): readonly Metrics[] | Refusal {
    this.#kill(node);
    const device = this.#register(node, message.metrics);
    if (device === null) return 'too-many-sensors';
    const bdSeq = bdSeqOf(message);
    node.birth = { bdSeq, seq: Number(message.seq ?? 0), node: device };
    node.askWaitMs = 1000 * this.#limits.askSeconds;
    return collect(node.id, null, device, message, (metric) => device.metrics.get(metric.name ?? '')).groups;
  }

  #bearDevice(node: EdgeNode, id: string, message: Payload): readonly Metrics[] | Refusal {
    this.#forget(node, id);
    if (this.#devices >= this.#limits.devices) return 'too-many-sensors';
    const device = this.#register(node, message.metrics);
    if (device === null) return 'too-many-sensors';
    node.devices.set(id, device);
    this.#devices++;
    return collect(node.id, id, device, message, (metric) => device.metrics.get(metric.name ?? '')).groups;
  }

  #understand(node: EdgeNode, at: Topic, device: Device, message: Payload, nowMs: number): readonly Metrics[] {
    const { groups, isWhole } = collect(node.id, at.device, device, message, ({ name, alias }) => {
      const known = alias === undefined ? device.metrics.get(name ?? '') : node.byAlias.get(alias);
      return known?.owner === device ? known : undefined;
    });
    if (!isWhole) this.#askForBirth(node, nowMs);
    return groups;
  }

  /** Names, types, units and aliases of a birth; null: there are too many. */
  #register(node: EdgeNode, metrics: readonly Metric[]): Device | null {
    if (this.#metrics + metrics.length > this.#limits.metrics) return null;
    const device: Device = { metrics: new Map(), units: new Map(), current: new Map(), aliases: [] };
    for (const { name, alias, datatype, properties } of metrics) {
      if (name === undefined || name.length > longestName || device.metrics.has(name)) continue;
      const known = { name, datatype: datatype ?? 0, owner: device };
      device.metrics.set(name, known);
      const unit = properties?.get('engUnit')?.value;
      if (unit?.kind === 'string' && unit.value.length <= longestName) device.units.set(name, unit.value);
      // An alias that another device has already is not taken from it.
      if (alias === undefined || node.byAlias.has(alias)) continue;
      node.byAlias.set(alias, known);
      device.aliases.push(alias);
    }
    this.#metrics += device.metrics.size;
    return device;
  }

  /** The number that follows the last one; where it does not, messages were lost, and with them perhaps what changed. */
  #follow(node: EdgeNode, birth: NonNullable<EdgeNode['birth']>, { seq }: Payload, nowMs: number): void {
    const isNext = Number(seq) === nextSeq(birth.seq);
    if (seq !== undefined) birth.seq = Number(seq);
    if (isNext) return;
    this.counts.gaps++;
    this.#askForBirth(node, nowMs);
  }

  /** The will of an earlier connection may come after the next birth: its bdSeq says so. */
  #bury(node: EdgeNode, message: Payload): readonly [] {
    const bdSeq = bdSeqOf(message);
    if (node.birth !== null && (bdSeq === null || node.birth.bdSeq === null || bdSeq === node.birth.bdSeq)) this.#kill(node);
    return [];
  }

  #kill(node: EdgeNode): void {
    for (const id of node.devices.keys()) this.#forget(node, id);
    if (node.birth !== null) this.#metrics -= node.birth.node.metrics.size;
    node.birth = null;
    node.byAlias.clear();
  }

  #forget(node: EdgeNode, id: string): void {
    const device = node.devices.get(id);
    if (device === undefined) return;
    for (const alias of device.aliases) node.byAlias.delete(alias);
    node.devices.delete(id);
    this.#devices--;
    this.#metrics -= device.metrics.size;
  }

  #wait(node: EdgeNode, nowMs: number): readonly [] {
    this.counts.beforeBirth++;
    this.#askForBirth(node, nowMs);
    return [];
  }

  #askForBirth(node: EdgeNode, nowMs: number): void {
    // A clock that was set back does not stop the requests for long.
    if (nowMs < node.askFrom && node.askFrom - nowMs <= node.askWaitMs) return;
    node.askFrom = nowMs + node.askWaitMs;
    node.askWaitMs = Math.min(node.askWaitMs * 2, 64_000 * this.#limits.askSeconds);
    this.counts.asked++;
    const metric: Metric = { name: rebirthName, timestamp: nowMs, datatype: dataTypes.Boolean, value: toWire('Boolean', true) };
    this.#ask({ topic: nodeTopic(node.id, 'NCMD'), payload: encodePayload({ timestamp: nowMs, metrics: [metric] }), qos: 0 });
  }

  /** null: there are too many, and all of them were born. */
  #nodeOf({ group, node: name }: NodeId): EdgeNode | null {
    const key = `${group}/${name}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    if (this.#nodes.size >= this.#limits.nodes) {
      // One that was never born gives way: made-up names must not keep real ones out.
      const unborn = [...this.#nodes].find(([, { birth }]) => birth === null);
      if (unborn === undefined) return null;
      this.#nodes.delete(unborn[0]);
    }
    const node: EdgeNode = {
      id: { group, node: name },
      birth: null,
      byAlias: new Map(),
      devices: new Map(),
      askFrom: 0,
      askWaitMs: 1000 * this.#limits.askSeconds,
    };
    this.#nodes.set(key, node);
    return node;
  }
}

/** Metrics of a message by their times, the earliest first; `isWhole`: no metric was left out for want of a birth. */
function collect(
  { group, node }: NodeId,
  device: string | null,
  { current, units }: Device,
  message: Payload,
  find: (metric: Metric) => Known | undefined,
): { readonly groups: readonly Metrics[]; readonly isWhole: boolean } {
  const groups = new Map<string | Unsigned64, Metrics & { readonly values: Map<string, number> }>();
  let isWhole = true;
  for (const metric of message.metrics) {
    const known = find(metric);
    if (known === undefined) {
      isWhole = false;
      continue;
    }
    const value = toNumber(known.datatype, metric.value);
    if (value === null) continue;
    const isHistorical = metric.isHistorical === true;
    const timestamp = metric.timestamp ?? message.timestamp;
    // The key of news is their time alone: a text is only made for history.
    const key = isHistorical ? `${timestamp}` : (timestamp ?? '');
    let found = groups.get(key);
    if (found === undefined) {
      const timeSeconds = timestamp === undefined ? null : Number(timestamp) / 1000;
      found = { group, node, device, timeSeconds, isHistorical, values: new Map(), current, units };
      groups.set(key, found);
    }
    found.values.set(known.name, value);
    if (!isHistorical) current.set(known.name, value);
  }
  const sorted = groups.size < 2 ? [...groups.values()] : [...groups.values()].toSorted(byTime);
  return { groups: sorted, isWhole };
}

const byTime = (a: Metrics, b: Metrics): number => (a.timeSeconds ?? Infinity) - (b.timeSeconds ?? Infinity);

/** NaN: is_null; null: no number (text, or what is not read). */
function toNumber(datatype: number, wire: WireValue | null): number | null {
  if (wire === null) return isText(datatype) ? null : Number.NaN;
  const value = fromWire(datatype, wire);
  return value === null || typeof value === 'string' ? null : Number(value);
}

const isText = (datatype: number): boolean =>
  datatype === dataTypes.String || datatype === dataTypes.Text || datatype === dataTypes.UUID || datatype > dataTypes.UUID;

function bdSeqOf({ metrics }: Payload): number | null {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value?.kind === 'long' || value?.kind === 'int' ? Number(value.value) : null;
}
