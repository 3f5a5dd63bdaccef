import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { quiet } from '../../../devices/log.ts';
import { SparkplugSink } from '../../../devices/sinks/sparkplug.ts';
import { sparkplugDefaults, type SparkplugOptions } from '../../../devices/sinks/sparkplug/options.ts';
import { FakeAgent } from './fakes.ts';
import { MqttTransport } from './mqtt-transport.ts';
import { decodeByProtoc, encodeByProtoc, type Printed } from './protoc.ts';

/** A message that a host has received, decoded by protoc. */
export interface Heard {
  readonly topic: string;
  readonly type: string;
  readonly device: string | null;
  readonly qos: number;
  readonly retain: boolean;
  /** null: not there. */
  readonly seq: number | null;
  readonly timestamp: number | null;
  readonly metrics: readonly Printed[];
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
}

/** A host application of the tests: hears all, and says what it is told to. */
export class Host {
  readonly #client: MqttClient;
  readonly #raw: { topic: string; payload: Uint8Array; qos: number; retain: boolean; at: number }[] = [];

  static async open(url: string): Promise<Host> {
    const host = new Host(await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50 }));
    await host.#client.subscribeAsync('spBv1.0/#', { qos: 1 });
    return host;
  }

  constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload, { qos, retain }) => {
      if (!topic.includes('/STATE/')) this.#raw.push({ topic, payload, qos, retain, at: Date.now() });
    });
    client.on('error', () => {});
  }

  /** Types of messages so far, in their order. */
  get types(): readonly string[] {
    return this.#raw.map(({ topic }) => topic.split('/')[2]!);
  }

  count(type: string): number {
    return this.types.filter((heard) => heard === type).length;
  }

  /** Types of the messages that the edge node said; nothing is decoded for it. */
  typesOf(node: string): readonly string[] {
    return this.#of(node).map(({ topic }) => topic.split('/')[2]!);
  }

  /** What the edge node said. */
  heard(node: string): readonly Heard[] {
    const raw = this.#of(node);
    const decoded = decodeByProtoc(raw.map(({ payload }) => payload));
    return raw.map(({ topic, qos, retain, at }, i) => {
      const { seq, timestamp, metrics = [] } = decoded[i]!;
      const [, , type, , device = null] = topic.split('/');
      const numbers = { seq: numberOf(seq), timestamp: numberOf(timestamp) };
      return {
        topic,
        type: type!,
        device,
        qos,
        retain,
        at,
        ...numbers,
        metrics: metrics.filter((one) => typeof one !== 'string'),
      };
    });
  }

  #of(node: string): readonly { topic: string; payload: Uint8Array; qos: number; retain: boolean; at: number }[] {
    return this.#raw.filter(({ topic }) => topic.split('/')[3] === node && !topic.includes('/NCMD/'));
  }

  async command(topic: string, text: string): Promise<void> {
    await this.#client.publishAsync(topic, Buffer.from(encodeByProtoc(text)), { qos: 0 });
  }

  async raw(topic: string, payload: Uint8Array): Promise<void> {
    await this.#client.publishAsync(topic, Buffer.from(payload), { qos: 0 });
  }

  async state(host: string, online: boolean, timestamp: number): Promise<void> {
    await this.#client.publishAsync(`spBv1.0/STATE/${host}`, JSON.stringify({ online, timestamp }), { qos: 1, retain: true });
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

const numberOf = (values: Printed[string] | undefined): number | null => (values === undefined ? null : Number(values[0]));

export const rebirthCommand = 'timestamp: 1 metrics { name: "Node Control/Rebirth" boolean_value: true }';

/** The first metric of that name. */
export const metricOf = ({ metrics }: Heard, name: string): Printed => {
  const found = metrics.find((metric) => metric['name']?.[0] === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
};

export interface Edge {
  readonly agent: FakeAgent;
  readonly sink: SparkplugSink;
  readonly transport: MqttTransport;
  readonly stateFile: string;
}

/** An edge node `Plant/<node>` over a real connection. */
export function openEdge(
  url: string,
  node: string,
  {
    version = '3.1.1',
    stateFile,
    agent,
    ...options
  }: Partial<SparkplugOptions> & {
    readonly version?: '3.1.1' | '5';
    readonly stateFile?: string;
    readonly agent?: FakeAgent;
  } = {},
): Edge {
  const file = stateFile ?? join(mkdtempSync(join(tmpdir(), 'sandglass-bdseq-')), 'sparkplug.json');
  const transport = new MqttTransport({ url, version, clientId: `${node}-${version}` });
  const fake = agent ?? new FakeAgent();
  const sink = new SparkplugSink({
    node,
    sensors: fake.sensors,
    consumer: fake.consumer,
    log: quiet,
    options: { ...sparkplugDefaults, group: 'Plant', ...options },
    transport,
    stateFile: file,
    where: 'stream.sinks.sparkplug',
  });
  return { agent: fake, sink, transport, stateFile: file };
}

/** Waits until something is so, for 10 s. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
