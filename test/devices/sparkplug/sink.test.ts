import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { quiet } from '../../../devices/log.ts';
import type { ConnectionState } from '../../../devices/sinks/define.ts';
import { SparkplugSink } from '../../../devices/sinks/sparkplug.ts';
import { columnsOf, scoreUnit } from '../../../devices/sinks/sparkplug/columns.ts';
import { Device } from '../../../devices/sinks/sparkplug/device.ts';
import { sparkplugDefaults, type SparkplugOptions } from '../../../devices/sinks/sparkplug/options.ts';
import { decodePayload } from '../../../devices/sparkplug/payload.ts';
import type { OutgoingMessage, SparkplugTransport, TransportListener } from '../../../devices/sparkplug/transport.ts';
import { FakeAgent, manifestOf, scoreOf } from './fakes.ts';
import { until } from './world.ts';

/** A connection that does what the test says. */
class FakeTransport implements SparkplugTransport {
  readonly state: ConnectionState = { at: 'online', sinceMs: 0 };
  readonly reconnects = 0;
  readonly sent: OutgoingMessage[] = [];
  readonly done: ((error: Error | null) => void)[] = [];
  readonly ends: string[] = [];
  /** Whether messages are taken at once, and confirmations given. */
  takes = true;
  confirms = true;
  listener!: TransportListener;

  open(listener: TransportListener): void {
    this.listener = listener;
    this.connect();
  }

  connect(): void {
    this.listener.will();
    this.listener.connected();
  }

  async subscribe(): Promise<void> {}

  publish(message: OutgoingMessage, done: (error: Error | null) => void): void {
    this.sent.push(message);
    if (this.takes) done(null);
    else this.done.push(done);
  }

  async confirm(): Promise<void> {
    if (!this.confirms) throw new Error('the connection is closed');
  }

  async renew(): Promise<void> {
    this.ends.push('renew');
  }

  async close(): Promise<void> {
    this.ends.push('close');
  }

  /** Types of what was sent. */
  get types(): readonly string[] {
    return this.sent.map(({ topic }) => topic.split('/')[2]!);
  }
}

function open(options: Partial<SparkplugOptions> = {}, agent = new FakeAgent(), transport = new FakeTransport()) {
  const sink = new SparkplugSink({
    node: 'gateway-7',
    sensors: agent.sensors,
    consumer: agent.consumer,
    log: quiet,
    options: { ...sparkplugDefaults, group: 'Plant', ...options },
    transport,
    stateFile: join(mkdtempSync(join(tmpdir(), 'sandglass-sink-')), 'bdseq.json'),
    where: 'sandglass.json, stream.sinks[0]',
  });
  return { sink, agent, transport };
}

describe('a connection that takes nothing', () => {
  test('births and scores wait in the spool, not in memory', async () => {
    const { sink, agent, transport } = open();
    transport.takes = false;
    for (let i = 0; i < 2000; i++) agent.sensors.add(`s${i}`);
    sink.start();
    await until('it waits', () => transport.sent.length > 500);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // 500 may wait, and a hundred are made at once.
    expect(transport.sent.length).toBeLessThanOrEqual(601);
    for (const done of transport.done.splice(0)) done(null);
    transport.takes = true;
    await until('births', () => sink.node.at === 'live');
    expect(transport.types.filter((type) => type === 'DBIRTH')).toHaveLength(2000);
    await sink.stop(0);
  });

  test('it can be stopped also while births wait', async () => {
    const { sink, agent, transport } = open();
    transport.takes = false;
    for (let i = 0; i < 2000; i++) agent.sensors.add(`s${i}`);
    sink.start();
    await until('it waits', () => transport.sent.length > 500);
    await sink.stop(0);
    expect(transport.types.at(-1)).toBe('NDEATH');
    expect(transport.sent.length).toBeLessThanOrEqual(602);
  });

  test('it can be stopped, and dies without an answer to its death', async () => {
    const { sink, agent, transport } = open();
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    transport.takes = false;
    await sink.stop(20);
    expect(transport.types.at(-1)).toBe('NDEATH');
    expect(transport.ends).toEqual(['close']);
  });
});

test('what the server has not confirmed is sent again by the next session, as history', async () => {
  const { sink, agent, transport } = open();
  agent.sensors.add('pump-1');
  transport.confirms = false;
  sink.start();
  await until('births', () => sink.node.at === 'live');
  agent.score('pump-1', 0.1, { scoredAt: new Date(Date.now() + 5).toISOString() });
  agent.score('pump-1', 0.2, { scoredAt: new Date(Date.now() + 10).toISOString() });
  await until('scores', () => sink.counts.scores === 2);
  expect(agent.consumer.position).toBe(0);
  transport.listener.closed();
  transport.confirms = true;
  transport.connect();
  await until('scores again', () => agent.consumer.position === 2);
  // The last one is what the birth says, and no history.
  expect(sink.counts).toMatchObject({ scores: 3, historical: 1 });
  await sink.stop(0);
});

test('the cursor goes no further than what was sent when the server was asked', async () => {
  const { sink, agent, transport } = open();
  agent.sensors.add('pump-1');
  const answers: (() => void)[] = [];
  transport.confirm = () => new Promise((resolve) => answers.push(resolve));
  sink.start();
  await until('births', () => sink.node.at === 'live');
  agent.score('pump-1', 0.1);
  await until('the question', () => answers.length === 1);
  agent.score('pump-1', 0.2);
  await until('the second score', () => transport.types.filter((type) => type === 'DDATA').length === 2);
  answers[0]!();
  await until('the next question', () => answers.length === 2);
  expect(agent.consumer.position).toBe(1);
  await sink.stop(0);
});

test('stopped, it first delivers what is there, for as long as it may', async () => {
  const { sink, agent, transport } = open();
  agent.sensors.add('pump-1');
  sink.start();
  await until('births', () => sink.node.at === 'live');
  agent.consumer.append(Array.from({ length: 1000 }, (_, i) => scoreOf('pump-1', i + 1, 0.1)));
  await sink.stop(5000);
  expect(agent.consumer.position).toBe(1000);
  expect(transport.types.at(-1)).toBe('NDEATH');
});

test('a record that is no score is left out, and those behind it are not', async () => {
  const { sink, agent } = open();
  agent.sensors.add('pump-1');
  const { consumer } = agent;
  const read = consumer.read.bind(consumer);
  consumer.read = (from, most) =>
    read(from, most).map((entry, i) => (i === 0 ? { ...entry, data: Uint8Array.from([0, 0, 0, 1]) } : entry));
  consumer.append([scoreOf('pump-1', 1, 0.1), scoreOf('pump-1', 2, 0.2)]);
  sink.start();
  await until('both', () => consumer.position === 2);
  expect(sink.counts).toMatchObject({ unreadable: 1 });
  await sink.stop(0);
});

test('a sensor with another artifact is born again', async () => {
  const { sink, agent, transport } = open();
  agent.sensors.add('pump-1');
  sink.start();
  await until('births', () => sink.node.at === 'live');
  agent.sensors.add('pump-1', null, manifestOf('normalised'));
  await until('another birth', () => transport.types.length === 3);
  const { metrics } = decodePayload(transport.sent[2]!.payload);
  expect(metrics[0]!.properties?.has('engUnit')).toBe(false);
  await sink.stop(0);
});

test.each([
  [{ group: 'a/b' }, 'sandglass.json, stream.sinks[0].group'],
  [{ node: '' }, 'sandglass.json, stream.sinks[0].node'],
  [{ primaryHost: '#' }, 'sandglass.json, stream.sinks[0].primaryHost'],
  [{ contributors: 21 }, 'sandglass.json, stream.sinks[0].contributors'],
  [{ rebirthSeconds: -1 }, 'sandglass.json, stream.sinks[0].rebirthSeconds'],
])('options that cannot be: %j', (options, where) => {
  expect(() => open(options)).toThrow(InputError);
  expect(() => open(options)).toThrow(where);
});

const view = (last: Parameters<FakeAgent['sensors']['add']>[1] = null) => ({
  device: 'pump-1',
  artifact: { name: 'pump', sha256: 'ab'.repeat(32), manifest: manifestOf('raw') },
  last,
});

describe('a device', () => {
  const columns = columnsOf(1);
  const nameOf = (alias: unknown): string => columns[Number(alias) - 64]!.name;
  const at = Date.parse('2026-01-01T00:00:00Z');

  test('history is told apart by time, news stay news when the clock is set back', () => {
    const device = new Device('pump-1', columns, 64);
    device.birth(view({ time: null, scoredAt: at, score: 0.2, alarm: false }));
    expect(device.data(scoreOf('pump-1', 1, 0.1, at - 1000)).isHistorical).toBe(true);
    expect(device.data(scoreOf('pump-1', 2, 0.2, at)).isHistorical).toBe(false);
    expect(device.data(scoreOf('pump-1', 3, 0.3, at - 3_600_000)).isHistorical).toBe(false);
  });

  test('the first stored score says all, the next ones what changed, and news what the birth has not said', () => {
    const device = new Device('pump-1', columns, 64);
    device.birth(view({ time: null, scoredAt: at, score: 0.2, alarm: false }));
    const names = (seq: number, score: number, ms: number) =>
      device.data(scoreOf('pump-1', seq, score, ms)).metrics.map(({ alias }) => nameOf(alias));
    expect(names(1, 0.1, at - 2000)).toEqual(columns.map(({ name }) => name));
    expect(names(2, 0.1, at - 1000)).toEqual(['Sequence']);
    expect(names(3, 0.2, at)).toEqual(['Sequence', 'Epoch']);
  });

  test('a sample without a time has that of its score', () => {
    const device = new Device('pump-1', columns, 64);
    device.birth(view());
    const message = { ...scoreOf('pump-1', 1, 0.1, at), time: null };
    expect(device.data(message).metrics[0]!.timestamp).toBe(at);
  });
});

test('scores have a unit where they compare values of one unit', () => {
  const raw = manifestOf('raw');
  expect(scoreUnit(raw)).toBe('mm/s');
  expect(scoreUnit({ ...raw, score: { ...raw.score, function: 'mse' } })).toBe('(mm/s)²');
  expect(scoreUnit({ ...raw, score: { ...raw.score, function: 'latent' } })).toBeNull();
  expect(scoreUnit(manifestOf('normalised'))).toBeNull();
  expect(scoreUnit({ ...raw, input: { ...raw.input, channels: null } })).toBeNull();
  const mixed = [...raw.input.channels!, { name: 'temperature', unit: '°C' }];
  expect(scoreUnit({ ...raw, input: { ...raw.input, channels: mixed } })).toBeNull();
});
