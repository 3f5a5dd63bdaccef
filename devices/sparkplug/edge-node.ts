import type { Log } from '../log.ts';
import type { BirthCounter } from './birth-counter.ts';
import { dataTypes, toWire } from './datatypes.ts';
import { decodePayload, encodePayload, type Metric } from './payload.ts';
import { count, firstState, next, type EdgeEffect, type EdgeEvent, type EdgeState, type Session } from './session.ts';
import { parseState } from './state-message.ts';
import { deviceTopic, nodeTopic, stateTopic, type DeviceMessageType, type NodeId, type NodeMessageType } from './topic.ts';
import type { OutgoingMessage, SparkplugTransport } from './transport.ts';

export const rebirthName = 'Node Control/Rebirth';

/** What the edge node's owner gives and is told. */
export interface EdgeNodeOwner {
  /** Metrics of the NBIRTH besides bdSeq and the rebirth command, with name, type and value; `timestamp` is theirs. */
  nodeMetrics(timestamp: number): readonly Metric[];
  /** The NBIRTH is sent. Now the DBIRTH of each device has to be, and then `allBorn` be called. */
  onBirth(): void;
  /** Nothing can be sent until the next `onBirth`. */
  onGone(): void;
}

export interface EdgeNodeParts {
  readonly id: NodeId;
  /** Id of the host application for which it waits; null: it waits for none. */
  readonly primaryHost: string | null;
  readonly counter: BirthCounter;
  readonly transport: SparkplugTransport;
  readonly owner: EdgeNodeOwner;
  readonly log: Log;
  /** Milliseconds between two births that commands asked for. */
  readonly rebirthEveryMs: number;
}

/** Milliseconds that the server has to acknowledge a death, before the connection is ended anyway. */
const deathTimeoutMs = 2000;

/** One edge node over its connection: does what `next` says, numbers its messages, obeys the rebirth command. */
export class EdgeNode {
  readonly #parts: EdgeNodeParts;
  #state: EdgeState;
  /** Counts connections: what an earlier one still reports is not heard. */
  #connection = 0;
  #unwritten = 0;
  #onWritten: (() => void) | null = null;
  #lastRebirthMs = -Infinity;
  #rebirthTimer: NodeJS.Timeout | null = null;
  #ended: Promise<void> = Promise.resolve();
  /** Commands that were obeyed, and what was left out: other commands, payloads that are none. */
  readonly counts = { births: 0, rebirths: 0, ignoredCommands: 0, malformed: 0 };

  constructor(parts: EdgeNodeParts) {
    this.#parts = parts;
    this.#state = firstState(parts.primaryHost !== null);
  }

  get at(): EdgeState['session']['at'] {
    return this.#state.session.at;
  }

  /** Whether births and deaths of devices may be sent; data only when `at` is live. */
  get isBorn(): boolean {
    return this.at === 'births' || this.at === 'live';
  }

  /** Messages that are not written to the connection yet. */
  get unwritten(): number {
    return this.#unwritten;
  }

  open(): void {
    this.#parts.transport.open({
      will: () => {
        this.#step({ kind: 'connect', bdSeq: this.#parts.counter.take() });
        return this.#death(this.#state.session);
      },
      connected: () => this.#step({ kind: 'connected' }),
      message: (topic, payload) => this.#hear(topic, payload),
      closed: () => this.#lose(),
    });
  }

  /** All devices are born: data may follow. */
  allBorn(): void {
    this.#step({ kind: 'all-born' });
  }

  sendDevice(type: Exclude<DeviceMessageType, 'DCMD'>, device: string, metrics: readonly Metric[]): void {
    this.#send(type, deviceTopic(this.#parts.id, type, device), metrics);
  }

  sendNodeData(metrics: readonly Metric[]): void {
    this.#send('NDATA', nodeTopic(this.#parts.id, 'NDATA'), metrics);
  }

  /** Settles when at most `most` messages are unwritten, or the connection is lost. */
  async written(most: number): Promise<void> {
    while (this.#unwritten > most) {
      await new Promise<void>((resolve) => {
        this.#onWritten = resolve;
      });
    }
  }

  /** Whether the server has read all that was sent before: false where the connection was lost meanwhile. */
  async confirm(): Promise<boolean> {
    const connection = this.#connection;
    try {
      await this.#parts.transport.confirm();
    } catch {
      return false;
    }
    return connection === this.#connection && this.isBorn;
  }

  /** Dies, and disconnects for good. */
  async stop(): Promise<void> {
    this.#step({ kind: 'stop' });
    await this.#ended;
    this.#lose();
  }

  #step(event: EdgeEvent): void {
    const { state, effect } = next(this.#state, event);
    const from = this.#state.session;
    this.#state = state;
    if (this.at !== from.at) this.#parts.log.debug('Sparkplug session', { from: from.at, to: this.at });
    const { transport } = this.#parts;
    const effects: { readonly [K in EdgeEffect]: () => void } = {
      none: () => {},
      subscribe: () => void this.#subscribe(),
      birth: () => this.#birth(),
      'die-and-renew': () => void this.#die(from, () => transport.renew()),
      'die-and-close': () => (this.#ended = this.#die(from, () => transport.close())),
      close: () => (this.#ended = transport.close()),
    };
    effects[effect]();
  }

  async #subscribe(): Promise<void> {
    const { id, primaryHost, transport, log } = this.#parts;
    const connection = this.#connection;
    try {
      await transport.subscribe([nodeTopic(id, 'NCMD'), ...(primaryHost === null ? [] : [stateTopic(primaryHost)])]);
    } catch (error) {
      // A server that forbids commands still takes scores: the log says what is missing.
      if (connection === this.#connection) log.warn('Sparkplug: a subscription was refused', { error: String(error) });
    }
    if (connection === this.#connection) this.#step({ kind: 'subscribed' });
  }

  #birth(): void {
    const { id, owner } = this.#parts;
    this.counts.births++;
    const timestamp = Date.now();
    const rebirth: Metric = {
      name: rebirthName,
      timestamp,
      datatype: dataTypes.Boolean,
      value: toWire('Boolean', false),
    };
    this.#send('NBIRTH', nodeTopic(id, 'NBIRTH'), [
      bdSeqOf(this.#state.session, timestamp),
      rebirth,
      ...owner.nodeMetrics(timestamp),
    ]);
    owner.onBirth();
  }

  async #die(session: Session, then: () => Promise<void>): Promise<void> {
    this.#parts.owner.onGone();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deathTimeoutMs);
      this.#parts.transport.publish(this.#death(session), () => {
        clearTimeout(timer);
        resolve();
      });
    });
    await then();
  }

  #death(session: Session): OutgoingMessage {
    const timestamp = Date.now();
    const payload = encodePayload({ timestamp, metrics: [bdSeqOf(session, timestamp)] });
    return { topic: nodeTopic(this.#parts.id, 'NDEATH'), payload, qos: 1 };
  }

  #send(type: NodeMessageType | DeviceMessageType, topic: string, metrics: readonly Metric[]): void {
    const isData = type === 'NDATA' || type === 'DDATA';
    if (isData && this.at !== 'live') throw new Error(`internal: ${type} of an edge node that is ${this.at}`);
    const { state, seq } = count(this.#state);
    this.#state = state;
    const connection = this.#connection;
    this.#unwritten++;
    this.#parts.transport.publish({ topic, payload: encodePayload({ timestamp: Date.now(), metrics, seq }), qos: 0 }, () => {
      if (connection !== this.#connection) return;
      this.#unwritten--;
      this.#onWritten?.();
    });
  }

  #lose(): void {
    const wasBorn = this.isBorn;
    this.#connection++;
    this.#unwritten = 0;
    this.#onWritten?.();
    if (this.#rebirthTimer !== null) clearTimeout(this.#rebirthTimer);
    this.#rebirthTimer = null;
    this.#step({ kind: 'lost' });
    if (wasBorn) this.#parts.owner.onGone();
  }

  #hear(topic: string, payload: Uint8Array): void {
    const { id, primaryHost } = this.#parts;
    if (topic === nodeTopic(id, 'NCMD')) this.#obey(payload);
    else if (primaryHost !== null && topic === stateTopic(primaryHost)) {
      const state = parseState(payload);
      if (state === null) this.#refuse('a STATE is not JSON of online and timestamp');
      else this.#step({ kind: 'host', state });
    }
  }

  #obey(payload: Uint8Array): void {
    let metrics: readonly Metric[];
    try {
      ({ metrics } = decodePayload(payload));
    } catch (error) {
      this.#refuse(String(error));
      return;
    }
    for (const { name, value } of metrics) {
      if (name === rebirthName && value?.kind === 'boolean' && value.value) this.#askForRebirth();
      else this.counts.ignoredCommands++;
    }
  }

  /** At once, unless the last one was just before: then once for all that ask meanwhile, so that a flood of commands is no flood of births. */
  #askForRebirth(): void {
    if (this.#rebirthTimer !== null || !this.isBorn) return;
    const rebirth = (): void => {
      this.#rebirthTimer = null;
      this.#lastRebirthMs = performance.now();
      if (this.isBorn) this.counts.rebirths++;
      this.#step({ kind: 'rebirth' });
    };
    const waitMs = this.#lastRebirthMs + this.#parts.rebirthEveryMs - performance.now();
    if (waitMs <= 0) rebirth();
    else this.#rebirthTimer = setTimeout(rebirth, waitMs);
  }

  #refuse(reason: string): void {
    this.counts.malformed++;
    if (this.counts.malformed <= 10) this.#parts.log.warn('Sparkplug: a message is left out', { reason: reason.slice(0, 200) });
  }
}

/** bdSeq has no alias: a death is read by hosts that have seen no birth. */
function bdSeqOf(session: Session, timestamp: number): Metric {
  if (!('bdSeq' in session)) throw new Error(`internal: an edge node that is ${session.at} has no bdSeq`);
  return { name: 'bdSeq', timestamp, datatype: dataTypes.Int64, value: toWire('Int64', session.bdSeq) };
}
