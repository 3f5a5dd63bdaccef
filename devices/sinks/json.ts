import { version } from '../../compiler/version.ts';
import { Connection } from '../mqtt/connect.ts';
import type { PublishError } from '../mqtt/in-flight.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';
import { decodeRecord } from '../record.ts';
import type { AlarmMessage, StatusMessage } from '../score-schema.ts';
import type { Entry } from '../spool/define.ts';
import type { ConnectionState, SensorView, Sink, SinkContext } from './define.ts';
import { Delivery } from './delivery.ts';
import { discoveryOf, discoveryTopicOf, statusTopicOf, type HomeAssistantOptions } from './home-assistant.ts';
import { topicDefaults, topicsOf, type TopicOptions, type Topics } from './topics.ts';

export interface JsonSinkOptions extends TopicOptions {
  readonly connection: ConnectionOptions;
  /** Whether Home Assistant is told of the sensors; null: not. */
  readonly homeAssistant: HomeAssistantOptions | null;
}

export const jsonSinkDefaults: Omit<JsonSinkOptions, 'connection'> = { ...topicDefaults, homeAssistant: null };

/** The sink sends nothing that is longer; what comes in is a word of Home Assistant. */
const maxPayloadBytes = 4096;

/** How long the goodbye may take. */
const goodbyeMs = 1000;

interface Retained {
  /** Empty: the broker forgets what it has. */
  readonly payload: Uint8Array;
  acknowledged?(): void;
}

const nothing = new Uint8Array();

const bytesOf = (message: object): Uint8Array => Buffer.from(JSON.stringify(message));

/**
 * Scores as JSON to an MQTT broker: each to the topic of its device (QoS 1), the alarm state of each device and the state of the gateway
 * retained. Delivery is at least once and in order; what the broker has not acknowledged stays in the spool.
 */
export class JsonSink implements Sink {
  readonly name: string;
  readonly #options: JsonSinkOptions;
  readonly #context: SinkContext;
  readonly #topics: Topics;
  readonly #connection: Connection;
  readonly #delivery: Delivery;
  /** Topics of scores, by device: making one takes longer than sending it. */
  readonly #scoreTopics = new Map<string, string>();
  /** What is to be retained, by topic: made when it is sent, so that it is of that moment. */
  readonly #retained = new Map<string, () => Retained>();
  /** Alarm states that the broker has acknowledged. */
  readonly #alarms = new Map<string, boolean>();
  readonly #ends: (() => void)[] = [];
  #pumping: NodeJS.Immediate | undefined;
  #isFirst = true;
  #isStopping = false;
  #idle: (() => void) | null = null;

  /** Throws where the options cannot work. */
  constructor(name: string, options: JsonSinkOptions, context: SinkContext) {
    this.name = name;
    this.#options = options;
    this.#context = context;
    const where = `sinks.${name}`;
    this.#topics = topicsOf(options, context.node, where);
    this.#connection = new Connection(
      options.connection,
      {
        where,
        clientId: `sandglass-${context.node}-${name}`,
        sessionSeconds: 0,
        receiveMaximum: 16,
        maxPayloadBytes,
        will: () => ({
          topic: this.#topics.status,
          payload: this.#status('offline', 'the connection broke'),
          qos: 1,
          retain: true,
        }),
        online: () => this.#online(),
        offline: (_, code) => this.#delivery.restart(code),
        message: (message) => this.#heard(message.topic, message.payload),
      },
      context.log,
    );
    this.#delivery = new Delivery(
      context.consumer,
      (entry, sent) => this.#sendScore(entry, sent),
      (why, code) => this.#connection.drop(`the broker takes no scores: ${why}`, code),
      context.log,
    );
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get reconnects(): number {
    return this.#connection.reconnects;
  }

  /** Records that were left out, because the broker would never have taken them. */
  get skipped(): number {
    return this.#delivery.skipped;
  }

  start(): void {
    const { consumer, sensors } = this.#context;
    this.#ends.push(
      consumer.onAppended(() => this.#pumpSoon()),
      sensors.watch((change, device) => this.#sensorChanged(change, device)),
    );
    this.#connection.start();
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#connection.state.at === 'online') {
      const idle = new Promise<void>((resolve) => (this.#idle = resolve));
      this.#pumpSoon();
      await within(graceMs, idle);
      const { status } = this.#topics;
      const said = this.#connection.publish(status, this.#status('offline', 'stopped'), { qos: 1, retain: true });
      await within(goodbyeMs, said).catch((error: PublishError) =>
        this.#context.log.warn('no goodbye', { to: this.name, why: error.message }),
      );
    }
    for (const end of this.#ends) end();
    await this.#connection.close();
    clearImmediate(this.#pumping);
    this.#delivery.restart(null);
  }

  #status(state: StatusMessage['state'], why?: string): Uint8Array {
    const { node } = this.#context;
    const message: StatusMessage =
      state === 'online' ? { node, state, since: new Date().toISOString(), version } : { node, state, reason: why ?? 'unknown' };
    return bytesOf(message);
  }

  #online(): void {
    const { homeAssistant } = this.#options;
    this.#retained.clear();
    this.#retained.set(this.#topics.status, () => ({ payload: this.#status('online') }));
    for (const sensor of this.#context.sensors.all()) {
      // After a restart nobody here knows what the broker has; later it has what it acknowledged, unless it lost it: alarms go in any case.
      const isNews = this.#isFirst || this.#alarms.get(sensor.device) !== sensor.last?.alarm;
      if (sensor.last !== null && (isNews || sensor.last.alarm)) this.#retainAlarm(sensor.device);
      if (this.#isFirst) this.#discover(sensor.device);
    }
    this.#isFirst = false;
    if (homeAssistant !== null) {
      const filter = statusTopicOf(homeAssistant);
      // Where the connection breaks first, the next one subscribes.
      this.#connection.subscribe([{ filter, qos: 1, retained: false }]).catch(() => {});
    }
    this.#pumpSoon();
  }

  #heard(topic: string, payload: Buffer): void {
    const { homeAssistant } = this.#options;
    if (homeAssistant === null || topic !== statusTopicOf(homeAssistant) || payload.toString() !== 'online') return;
    for (const { device } of this.#context.sensors.all()) this.#discover(device);
    this.#pumpSoon();
  }

  #sensorChanged(change: 'added' | 'changed' | 'removed', device: string): void {
    this.#discover(device);
    if (change === 'removed') {
      this.#scoreTopics.delete(device);
      this.#retainAlarm(device);
    }
    this.#pumpSoon();
  }

  #discover(device: string): void {
    const { homeAssistant } = this.#options;
    if (homeAssistant === null) return;
    const { node, sensors } = this.#context;
    this.#retained.set(discoveryTopicOf(homeAssistant, node, device), () => {
      const sensor = sensors.get(device);
      return { payload: sensor === undefined ? nothing : bytesOf(discoveryOf(sensor, node, this.#topics)) };
    });
  }

  #retainAlarm(device: string): void {
    this.#retained.set(this.#topics.of(device, 'alarm'), () => {
      const sensor = this.#context.sensors.get(device);
      if (sensor === undefined || sensor.last === null) {
        this.#alarms.delete(device);
        return { payload: nothing };
      }
      const { last } = sensor;
      return {
        payload: bytesOf(alarmOf(sensor, last, this.#context.node)),
        acknowledged: () => this.#alarms.set(device, last.alarm),
      };
    });
  }

  #sendScore(entry: Entry, sent: (error: PublishError | null) => void): void {
    const { device, alarmChanged, json } = decodeRecord(entry.data);
    // The state of this moment, which may be a later one: what is retained is what holds now.
    if (alarmChanged) this.#retainAlarm(device);
    this.#connection.send(this.#scoreTopic(device), json, { qos: 1, retain: false }, (error) => {
      sent(error);
      this.#pumpSoon();
    });
  }

  #scoreTopic(device: string): string {
    const known = this.#scoreTopics.get(device);
    if (known !== undefined) return known;
    const topic = this.#topics.of(device, 'score');
    this.#scoreTopics.set(device, topic);
    return topic;
  }

  /** Once for all that happens in this turn of the event loop: the broker acknowledges many messages in one packet of the network. */
  #pumpSoon(): void {
    this.#pumping ??= setImmediate(() => this.#pump());
  }

  /** Sends what there is room for: first what is retained, then scores. */
  #pump(): void {
    this.#pumping = undefined;
    for (const [topic, make] of this.#retained) {
      if (this.#connection.room <= 0) return;
      this.#retained.delete(topic);
      const { payload, acknowledged } = make();
      this.#connection.send(topic, payload, { qos: 1, retain: true }, (error) => {
        if (error === null) acknowledged?.();
        else this.#notRetained(topic, error);
        this.#pumpSoon();
      });
    }
    this.#delivery.pump(this.#connection.room);
    if (this.#isStopping && this.#retained.size === 0 && this.#connection.inFlight === 0 && this.#delivery.isIdle) this.#idle?.();
  }

  #notRetained(topic: string, error: PublishError): void {
    if (error.kind === 'refused') this.#connection.drop(`the broker does not retain ${topic}: ${error.message}`, error.code);
    if (error.kind === 'unfit') this.#context.log.error('the broker does not retain', { topic, why: error.message });
  }
}

function alarmOf({ device, artifact }: SensorView, last: NonNullable<SensorView['last']>, node: string): AlarmMessage {
  const { name, sha256 } = artifact;
  const time = last.time === null ? null : new Date(last.time * 1000).toISOString();
  const { alarm, score } = last;
  return { node, device, alarm, time, scoredAt: new Date(last.scoredAt).toISOString(), score, artifact: { name, sha256 } };
}

/** Waits for `done`, but not longer than that. */
async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([done, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]).finally(() =>
    clearTimeout(timer),
  );
}
