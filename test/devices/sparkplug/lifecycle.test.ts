import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { missingBroker, openBroker, type Broker } from './broker.ts';
import { scoreOf } from './fakes.ts';
import { encodeByProtoc, missingProtoc, type Printed } from './protoc.ts';
import { Host, metricOf, openEdge, rebirthCommand, until, type Edge, type Heard } from './world.ts';

const skip = missingBroker() !== null || missingProtoc() !== null;

const bdSeqOf = (message: Heard): string => metricOf(message, 'bdSeq')['long_value']![0] as string;
const isHistorical = (metric: Printed): boolean => metric['is_historical']?.[0] === 'true';

/** alias -> name, of the births among these messages. */
const namesOf = (heard: readonly Heard[]): ReadonlyMap<unknown, unknown> =>
  new Map(heard.flatMap(({ metrics }) => metrics).flatMap(({ alias, name }) => (alias && name ? [[alias[0], name[0]]] : [])));

/** Sequence numbers of a device in the order in which they came, and whether as history. */
function sequences(heard: readonly Heard[], device: string): readonly (readonly [seq: number, historical: boolean])[] {
  const names = namesOf(heard);
  const data = heard.filter((message) => message.type === 'DDATA' && message.device === device);
  return data
    .flatMap(({ metrics }) => metrics)
    .filter(({ alias }) => names.get(alias?.[0]) === 'Sequence')
    .map((metric) => [Number(metric['long_value']![0]), isHistorical(metric)]);
}

describe.skipIf(skip)('an edge node', () => {
  let broker: Broker;
  let host: Host;
  const edges: Edge[] = [];

  const open = (...words: Parameters<typeof openEdge>): Edge => {
    const edge = openEdge(...words);
    edges.push(edge);
    return edge;
  };

  beforeAll(async () => {
    broker = await openBroker();
    host = await Host.open(broker.url);
  });

  afterAll(async () => {
    for (const { sink } of edges) await sink.stop(0);
    await host?.close();
    await broker?.dispose();
  });

  test('killed with kill -9, the server publishes its death with the bdSeq of its birth; the next process has the next one (tck-id-topics-nbirth-bdseq-matching, tck-id-payloads-nbirth-bdseq-repeat, tck-id-message-flow-edge-node-birth-publish-will-message-payload, tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandglass-bdseq-'));
    const lives = (['3.1.1', '5'] as const).map((version) => {
      const node = `victim-${version}`;
      const stateFile = join(folder, node);
      const words = [join(import.meta.dirname, 'edge-process.ts'), broker.url, node, stateFile, version];
      return { version, node, stateFile, child: spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] }) };
    });
    for (const { version, node, stateFile, child } of lives) {
      await until('data', () => host.typesOf(node).length > 4);
      child.kill('SIGKILL');
      await until('the death', () => host.typesOf(node).at(-1) === 'NDEATH');
      const { sink } = open(broker.url, node, { version, stateFile });
      sink.start();
      await until('the next birth', () => host.typesOf(node).at(-1) === 'NBIRTH');
      const heard = host.heard(node).filter(({ type }) => type.startsWith('N'));
      expect(heard.map((message) => `${message.type} ${bdSeqOf(message)}`)).toEqual(['NBIRTH 0', 'NDEATH 0', 'NBIRTH 1']);
      const { qos, seq, metrics } = heard[1]!;
      expect({ qos, seq }).toEqual({ qos: 1, seq: null });
      expect(metrics).toEqual([{ name: ['bdSeq'], timestamp: [expect.any(String)], datatype: ['4'], long_value: ['0'] }]);
    }
  });

  test('MQTT 5: a clean start; stopped, it publishes its death and disconnects so that the server publishes the will (tck-id-principles-persistence-clean-session-50, tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50)', async () => {
    const { sink, agent } = open(broker.url, 'five', { version: '5' });
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    await sink.stop(1000);
    await until('both deaths', () => host.typesOf('five').length === 4);
    expect(host.typesOf('five')).toEqual(['NBIRTH', 'DBIRTH', 'NDEATH', 'NDEATH']);
    expect(broker.log()).toMatch(/New client connected from \S+ as five-5 \(p5, c1, /);
    // A client that asks for the session finds none: it ended with the connection.
    const again = connect(broker.url, { protocolVersion: 5, clientId: 'five-5', clean: false });
    const sessionPresent = await new Promise((resolve) => again.once('connect', (packet) => resolve(packet.sessionPresent)));
    await again.endAsync(true);
    expect(sessionPresent).toBe(false);
  });

  test('without aliases, data have names', async () => {
    const { sink, agent } = open(broker.url, 'named', { aliases: false, contributors: 0 });
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    agent.score('pump-1', 0.1);
    agent.sensors.add('pump-2');
    await until('data', () => host.typesOf('named').length === 5);
    const heard = host.heard('named');
    expect(heard.map(({ type }) => type)).toEqual(['NBIRTH', 'DBIRTH', 'DBIRTH', 'DDATA', 'NDATA']);
    expect(heard[3]!.metrics.map(({ name }) => name?.[0])).toEqual(['Score', 'Sequence', 'Epoch']);
    for (const { metrics } of heard) for (const metric of metrics) expect(metric).not.toHaveProperty('alias');
  });

  test('scores of one device that wait together share a payload', async () => {
    const { sink, agent } = open(broker.url, 'batch');
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    agent.consumer.append(Array.from({ length: 20 }, (_, i) => scoreOf('pump-1', i + 1, 0.1, Date.now() + i)));
    await until('data', () => host.typesOf('batch').length === 3);
    const heard = host.heard('batch');
    expect(sequences(heard, 'pump-1').map(([seq]) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test('a clock that was set back begins another payload: in each, times go forward', async () => {
    const { sink, agent } = open(broker.url, 'clock');
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    const now = Date.now() + 60_000;
    agent.consumer.append([now, now + 1000, now - 5000, now - 4000].map((at, i) => scoreOf('pump-1', i + 1, 0.1 * i, at)));
    await until('data', () => host.typesOf('clock').length === 4);
    const heard = host.heard('clock');
    expect(heard.slice(2).map(({ metrics }) => metrics.filter(({ double_value }) => double_value).length)).toEqual([2, 2]);
    expect(sequences(heard, 'pump-1')).toEqual([1, 2, 3, 4].map((seq) => [seq, false]));
  });

  test('scores of a sensor that is no more: it is born with nothing, says them as history, and dies', async () => {
    const { sink, agent } = open(broker.url, 'gone');
    agent.consumer.append([scoreOf('old', 7, 0.4, Date.now() - 60_000), scoreOf('old', 8, 0.9, Date.now() - 50_000)]);
    sink.start();
    await until('its death', () => host.typesOf('gone').length === 4);
    const heard = host.heard('gone');
    expect(heard.map(({ type }) => type)).toEqual(['NBIRTH', 'DBIRTH', 'DDATA', 'DDEATH']);
    for (const name of ['Score', 'Alarm', 'Sequence']) expect(metricOf(heard[1]!, name)['is_null']).toEqual(['true']);
    expect(heard[2]!.metrics.every(isHistorical)).toBe(true);
    expect(sequences(heard, 'old')).toEqual([
      [7, true],
      [8, true],
    ]);
  });

  test('hostile and odd commands are left out and counted; a flood of rebirths is one more (tck-id-topics-ncmd-topic)', async () => {
    const { sink, agent } = open(broker.url, 'flooded', { rebirthSeconds: 0.3 });
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    const topic = 'spBv1.0/Plant/NCMD/flooded';
    await host.raw(topic, Uint8Array.from([0xff, 0xff, 0x01]));
    await host.command(topic, 'metrics { name: "Node Control/Reboot" boolean_value: true }');
    await host.command(topic, 'metrics { name: "Node Control/Rebirth" boolean_value: false }');
    await host.command(topic, 'metrics { name: "Node Control/Rebirth" int_value: 1 }');
    await host.command(topic, 'metrics { alias: 1 boolean_value: true }');
    await until('what is left out', () => sink.node.counts.ignoredCommands === 4);
    expect(sink.node.counts).toMatchObject({ births: 1, rebirths: 0, malformed: 1 });
    const rebirth = encodeByProtoc(rebirthCommand);
    await Promise.all(Array.from({ length: 50 }, () => host.raw(topic, rebirth)));
    await until('both rebirths', () => sink.node.counts.rebirths === 2 && host.typesOf('flooded').length === 6);
    expect(host.typesOf('flooded')).toEqual(['NBIRTH', 'DBIRTH', 'NBIRTH', 'DBIRTH', 'NBIRTH', 'DBIRTH']);
  });

  test('a thousand devices are born in parts, between which others have their turn', async () => {
    const { sink, agent } = open(broker.url, 'many');
    for (let i = 0; i < 1000; i++) agent.sensors.add(`s${i}`);
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (sink.node.at !== 'live') setImmediate(turn);
    };
    sink.start();
    await until('the birth', () => sink.node.at === 'births');
    turn();
    await until('births', () => sink.node.at === 'live');
    expect(turns).toBeGreaterThanOrEqual(9);
  });
});

describe.skipIf(skip)('a broker that goes', () => {
  test('killed: what comes meanwhile is sent as history to the next one, behind a birth with the next bdSeq; nothing is lost', async () => {
    const broker = await openBroker();
    onTestFinished(() => broker.dispose());
    const { sink, agent, transport } = openEdge(broker.url, 'gateway-7');
    const first = await Host.open(broker.url);
    agent.sensors.add('pump-1');
    sink.start();
    await until('births', () => sink.node.at === 'live');
    for (let i = 0; i < 10; i++) agent.score('pump-1', 0.01 * i);
    await until('confirmed', () => agent.consumer.position === 10);
    await until('heard', () => sequences(first.heard('gateway-7'), 'pump-1').length === 10);
    const before = first.heard('gateway-7');
    // Frozen: what is sent now goes into the connection, and with it.
    broker.freeze();
    for (let i = 10; i < 20; i++) agent.score('pump-1', 0.01 * i);
    await until('sent', () => sink.counts.scores === 20);
    await broker.kill();
    await first.close();
    await until('noticed', () => sink.node.at === 'away');
    for (let i = 20; i < 50; i++) agent.score('pump-1', 0.01 * i, { scoredAt: new Date(Date.now() - 60_000 + i).toISOString() });
    agent.score('pump-1', 0.9);
    // A host that is there first hears all.
    const { second } = await startWithHost(
      broker,
      () => transport.hold(),
      () => transport.release(),
    );
    await until('reborn', () => sink.node.at === 'live');
    agent.score('pump-1', 0.2);
    await until('confirmed', () => agent.consumer.position === 52);
    await until('heard', () => sequences(second.heard('gateway-7'), 'pump-1').at(-1)?.[0] === 52);
    const after = second.heard('gateway-7');
    await sink.stop(1000);
    await second.close();

    expect(sequences(before, 'pump-1')).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1, false]));
    expect(bdSeqOf(before[0]!)).toBe('0');
    // Attempts to connect while the broker was away took numbers too.
    expect(Number(bdSeqOf(after[0]!))).toBeGreaterThanOrEqual(1);
    expect(metricOf(after[1]!, 'Score')['double_value']).toEqual(['0.9']);
    expect(sequences(after, 'pump-1')).toEqual([
      ...Array.from({ length: 40 }, (_, i) => [i + 11, true]),
      [51, false],
      [52, false],
    ]);
    expect(after.at(-1)!.metrics.map(({ double_value }) => double_value?.[0])).toContain('0.2');
    expect(transport.reconnects).toBe(1);
  });
});

describe.skipIf(skip)('a primary host', () => {
  let broker: Broker;
  let host: Host;
  beforeAll(async () => {
    broker = await openBroker();
    host = await Host.open(broker.url);
  });
  afterAll(async () => {
    await host?.close();
    await broker?.dispose();
  });

  test('is waited for, and followed (tck-id-message-flow-edge-node-birth-publish-phid-wait-id, tck-id-operational-behavior-edge-node-termination-host-offline-reconnect, tck-id-operational-behavior-primary-application-state-with-multiple-servers-state-subs)', async () => {
    const { sink, agent } = openEdge(broker.url, 'loyal', { primaryHost: 'scada' });
    agent.sensors.add('pump-1');
    // Retained, from before the edge node came: offline.
    await host.state('scada', false, 100);
    sink.start();
    await until('waiting', () => sink.node.at === 'waiting');
    expect(broker.log()).toContain('\tspBv1.0/STATE/scada (QoS 1)');
    agent.score('pump-1', 0.1, { scoredAt: new Date(Date.now() - 60_000).toISOString() });
    await host.state('another', true, 900);
    await host.raw('spBv1.0/STATE/scada', Buffer.from('ONLINE'));
    await until('it is left out', () => sink.node.counts.malformed === 1);
    expect(sink.node.at).toBe('waiting');
    expect(host.types).toEqual([]);

    await host.state('scada', true, 200);
    await until('births', () => sink.node.at === 'live');
    await until('data', () => agent.consumer.position === 1);
    // The death of an earlier connection of the host.
    await host.state('scada', false, 150);
    agent.score('pump-1', 0.2);
    await until('more data', () => agent.consumer.position === 2);
    // The host stays: so it says again that it is there.
    await host.state('scada', true, 200);

    await host.state('scada', false, 200);
    await until('it has connected again, and waits', () => host.count('NDEATH') === 1 && sink.node.at === 'waiting');
    agent.score('pump-1', 0.3);
    await host.state('scada', true, 300);
    await until('births again', () => sink.node.at === 'live');
    await until('all data', () => host.typesOf('loyal').length === 8);
    const heard = host.heard('loyal');
    expect(heard.map(({ type }) => type).filter((type) => type !== 'DDATA')).toEqual([
      'NBIRTH',
      'DBIRTH',
      'NDEATH',
      'NBIRTH',
      'DBIRTH',
    ]);
    expect(heard.filter(({ type }) => type.startsWith('N')).map(bdSeqOf)).toEqual(['0', '0', '1']);
    await sink.stop(1000);
  });
});

/** Starts a broker again and lets a host in before the edge node. */
async function startWithHost(broker: Broker, hold: () => void, release: () => void): Promise<{ readonly second: Host }> {
  hold();
  await broker.start();
  const second = await Host.open(broker.url);
  release();
  return { second };
}
