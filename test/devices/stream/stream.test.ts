import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import type { ScoreMessage } from '../../../devices/record.ts';
import { encodePayload } from '../../../devices/sparkplug/payload.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { AgentProcess, runToEnd } from './agent-process.ts';
import { channels, frame, gearboxArtifact, rows } from './gearbox.ts';

const skipped = missingMosquitto();
const folder = mkdtempSync(join(tmpdir(), 'sandglass-stream-'));
let broker: Mosquitto;
let client: MqttClient;
let model: Model;
const received: { readonly topic: string; readonly text: string }[] = [];
const agents: AgentProcess[] = [];

beforeAll(async () => {
  const bytes = await gearboxArtifact();
  writeFileSync(join(folder, 'gearbox.wasm'), bytes);
  model = await loadBytes(bytes, 'gearbox');
  if (skipped !== null) return;
  broker = await openMosquitto();
  client = connect(broker.url, { protocolVersion: 5 });
  client.on('message', (topic, payload) => received.push({ topic, text: payload.toString() }));
  await client.subscribeAsync('sandglass/#', { qos: 1 });
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.end('SIGKILL');
});
afterAll(async () => {
  await client?.endAsync(true);
  await broker?.dispose();
  rmSync(folder, { recursive: true });
});

/** Writes a config of this node and starts an agent on it. */
async function started(
  node: string,
  stream: Readonly<Record<string, unknown>>,
  words: readonly string[] = [],
): Promise<AgentProcess> {
  write(node, stream);
  const agent = new AgentProcess(['--config', join(folder, `${node}.json`), ...words]);
  agents.push(agent);
  await agent.start('connected to the broker to=sinks.json');
  return agent;
}

function write(node: string, stream: Readonly<Record<string, unknown>>): void {
  const whole = {
    node,
    artifacts: { gearbox: 'gearbox.wasm' },
    broker: broker.url,
    state: `state-${node}`,
    http: false,
    ...stream,
  };
  writeFileSync(join(folder, `${node}.json`), JSON.stringify({ stream: whole }));
}

const scoresOf = (node: string): ScoreMessage[] =>
  received
    .filter(({ topic }) => topic.startsWith(`sandglass/${node}/`) && topic.endsWith('/score'))
    .map(({ text }) => JSON.parse(text) as ScoreMessage);

async function until(what: () => boolean, agent: AgentProcess): Promise<void> {
  for (let waited = 0; !what(); waited += 20) {
    if (waited > 20_000) throw new Error(`it did not come to pass; the agent said: ${agent.said}`);
    await pause(20);
  }
}

const objectOf = (row: Float32Array): Record<string, number> => Object.fromEntries(channels.map((name, i) => [name, row[i]!]));
const isOnline = (node: string): boolean =>
  received.some(({ topic, text }) => topic === `sandglass/${node}/status` && text.includes('online'));

describe.skipIf(skipped !== null)('sandglass stream', () => {
  test('a first run needs a broker of nobody: it says where samples go, and scores them', async () => {
    const agent = new AgentProcess([
      join(folder, 'gearbox.wasm'),
      '--node',
      'first',
      '--state',
      join(folder, 'first'),
      '--http',
      'off',
    ]);
    agents.push(agent);
    await agent.start('connected to the broker to=sources.mqtt');
    const url = /broker +(mqtt:\/\/127\.0\.0\.1:\d+)/.exec(agent.said)![1]!;
    expect(agent.said).toContain(`--to ${url}/sensors/`);
    const own = connect(url);
    const scores: ScoreMessage[] = [];
    own.on('message', (_, payload) => scores.push(JSON.parse(payload.toString()) as ScoreMessage));
    await own.subscribeAsync('sandglass/first/+/score', { qos: 1 });
    await own.publishAsync('sensors/g1', JSON.stringify(objectOf(rows[0]!)), { qos: 1 });
    await until(() => scores.length > 0, agent);
    expect(scores[0]).toMatchObject({ node: 'first', device: 'g1', seq: 1, score: model.run(rows[0]!), alarm: false });
    await own.endAsync();
    expect(await agent.end('SIGTERM')).toBe(0);
  });

  test('alarms are retained, with what caused them; the state of the gateway is, too', async () => {
    const agent = await started('alarms', { in: [{ topic: 'plant/alarms/{sensor}', format: 'f32', header: 'f64', rateHz: 1 }] });
    await until(() => isOnline('alarms'), agent);
    const broken = rows.filter((row) => model.run(row) > model.threshold).slice(0, 5);
    expect(broken).toHaveLength(5);
    await pause(300);
    for (const [i, row] of broken.entries()) await client.publishAsync('plant/alarms/g1', frame(row, 1000 + i), { qos: 1 });
    await until(() => scoresOf('alarms').length === 5, agent);
    expect(scoresOf('alarms').map(({ alarm }) => alarm)).toEqual([false, false, true, true, true]);
    expect(scoresOf('alarms')[2]!.why![0]!.share).toBeGreaterThan(0.05);
    expect(scoresOf('alarms')[2]!.time).toBe('1970-01-01T00:16:42.000Z');
    await until(() => received.some(({ topic, text }) => topic === 'sandglass/alarms/g1/alarm' && text.includes('true')), agent);
    expect(await agent.end('SIGKILL')).toBe('SIGKILL');
    await until(() => received.at(-1)!.topic === 'sandglass/alarms/status' && received.at(-1)!.text.includes('offline'), agent);
    const { stdout } = spawnSync(
      '/usr/bin/mosquitto_sub',
      ['-p', String(broker.port), '-t', 'sandglass/alarms/+/alarm', '-C', '1', '-W', '5'],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).toMatchObject({ device: 'g1', alarm: true });
  });

  test('another artifact and another rule are taken over by SIGHUP: no connection and no sample is lost, wrong ones are refused', async () => {
    const rule = { format: 'f32', header: 'f64', rateHz: 1 };
    const agent = await started('swap', { in: [{ topic: 'plant/swap/{sensor}', ...rule }] });
    await until(() => agent.said.includes('to=sources.mqtt'), agent);
    await pause(300);
    let sent = 0;
    const send = async (topic: string, count: number): Promise<void> => {
      for (let i = 0; i < count; i++, sent++)
        await client.publishAsync(topic, frame(rows[sent % rows.length]!, sent), { qos: 1 });
    };
    await send('plant/swap/g1', 100);
    const { artifact } = await compile({
      model: openSource('examples/gearbox/model/model.json'),
      data: readNamed('examples/gearbox/normal.csv'),
      threshold: 'sigma:2',
    });
    const before = readFileSync(join(folder, 'gearbox.wasm'));
    writeFileSync(join(folder, 'gearbox.wasm'), artifact);
    write('swap', {
      in: [
        { topic: 'plant/swap/{sensor}', ...rule },
        { topic: 'plant/more/{sensor}', ...rule },
      ],
    });
    agent.signal('SIGHUP');
    await send('plant/swap/g1', 100);
    await until(() => agent.said.includes('the config was taken over'), agent);
    await pause(300);
    await send('plant/swap/g1', 50);
    const ofFirst = sent;
    await send('plant/more/g2', 50);
    await until(() => scoresOf('swap').length === 300, agent);
    const own = scoresOf('swap').filter(({ device }) => device === 'g1');
    expect(own.map(({ seq }) => seq)).toEqual(Array.from({ length: ofFirst }, (_, i) => i + 1));
    expect(own.map(({ score }) => score)).toEqual(own.map((_, i) => model.run(rows[i]!)));
    expect(new Set(own.map(({ threshold }) => threshold)).size).toBe(2);
    expect(new Set(own.map(({ artifact: { sha256 } }) => sha256)).size).toBe(2);

    writeFileSync(join(folder, 'gearbox.wasm'), artifact.subarray(0, 2000));
    agent.signal('SIGHUP');
    await until(() => agent.said.includes('the config is not taken over'), agent);
    await send('plant/swap/g1', 10);
    await until(() => scoresOf('swap').length === 310, agent);
    expect(agent.said.match(/connected to the broker/g)).toHaveLength(2);
    writeFileSync(join(folder, 'gearbox.wasm'), before);
    expect(await agent.end('SIGTERM')).toBe(0);
  });

  test('a CSV file is scored, then what is added to it; it goes on there after kill -9', async () => {
    const lines = rows.map((row, i) => [`2026-01-01T00:00:${String(i % 60).padStart(2, '0')}Z`, ...row].join(','));
    const file = join(folder, 'log.csv');
    writeFileSync(file, `${['t', ...channels].join(',')}\n${lines.slice(0, 30).join('\n')}\n`);
    const stream = { in: [{ csv: 'log.csv', follow: true, time: 't' }] };
    const agent = await started('csv', stream);
    await until(() => scoresOf('csv').length === 30, agent);
    await agent.end('SIGKILL');
    appendFileSync(file, `${lines.slice(30, 50).join('\n')}\n`);
    await agent.start('connected to the broker to=sinks.json');
    await until(() => new Set(scoresOf('csv').map(({ seq }) => seq)).size === 50, agent);
    const seen = new Map(scoresOf('csv').map((message) => [message.seq, message]));
    expect([...seen.values()].map(({ score, device }) => [device, score])).toEqual(
      rows.slice(0, 50).map((row) => ['log', model.run(row)]),
    );
    expect(await agent.end('SIGTERM')).toBe(0);
  });

  test('Sparkplug B and Home Assistant beside JSON: births, data, discovery', async () => {
    const own = connect(broker.url, { protocolVersion: 5 });
    const topics: string[] = [];
    own.on('message', (topic) => topics.push(topic));
    await own.subscribeAsync(['spBv1.0/works/#', 'homeassistant/#'], { qos: 1 });
    const agent = await started('spark', {
      in: [{ topic: 'plant/spark/{sensor}', format: 'f32' }],
      out: { sparkplug: { group: 'works' }, homeAssistant: {} },
    });
    await until(() => topics.includes('spBv1.0/works/NBIRTH/spark'), agent);
    await until(() => agent.said.includes('to=sources.mqtt'), agent);
    await pause(300);
    for (let i = 0; i < 3; i++) await client.publishAsync('plant/spark/g1', frame(rows[i]!, 0).subarray(8), { qos: 1 });
    await until(() => topics.filter((topic) => topic === 'spBv1.0/works/DDATA/spark/g1').length > 0, agent);
    expect(topics.indexOf('spBv1.0/works/DBIRTH/spark/g1')).toBeLessThan(topics.indexOf('spBv1.0/works/DDATA/spark/g1'));
    await until(
      () => topics.filter((topic) => topic.startsWith('homeassistant/') && topic.endsWith('/config')).length > 0,
      agent,
    );
    expect(await agent.end('SIGTERM')).toBe(0);
    await until(() => topics.includes('spBv1.0/works/NDEATH/spark'), agent);
    await own.endAsync(true);
  });

  test('edge nodes of Sparkplug are asked for a birth that was not seen, also after other rules were taken over', async () => {
    const own = connect(broker.url, { protocolVersion: 5 });
    const commands: string[] = [];
    own.on('message', (topic) => commands.push(topic));
    await own.subscribeAsync('spBv1.0/mill/NCMD/#', { qos: 1 });
    const agent = await started('asks', { in: [{ sparkplug: 'mill/line-1/{sensor}' }] });
    await until(() => agent.said.includes('subscribed'), agent);
    const data = Buffer.from(encodePayload({ timestamp: 1000, seq: 3, metrics: [] }));
    await own.publishAsync('spBv1.0/mill/DDATA/line-1/m1', data, { qos: 0 });
    await until(() => commands.includes('spBv1.0/mill/NCMD/line-1'), agent);
    write('asks', { in: [{ sparkplug: 'mill/{line}/{sensor}' }] });
    agent.signal('SIGHUP');
    await until(() => agent.said.includes('the config was taken over'), agent);
    await own.publishAsync('spBv1.0/mill/DDATA/line-2/m1', data, { qos: 0 });
    await until(() => commands.includes('spBv1.0/mill/NCMD/line-2'), agent);
    expect(commands).toEqual(['spBv1.0/mill/NCMD/line-1', 'spBv1.0/mill/NCMD/line-2']);
    await own.endAsync(true);
  });

  test('a config that begins to say where samples come from is taken over, too', async () => {
    const agent = await started('says', {});
    await until(() => agent.said.includes('subscribed'), agent);
    write('says', { in: [{ topic: 'sensors/{sensor}' }] });
    agent.signal('SIGHUP');
    await until(() => agent.said.includes('the config was taken over'), agent);
    expect(agent.said).not.toContain('is not taken over');
  });

  test('a port that is taken: the usual one gives way, one that was asked for is an error, after which nothing goes on', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(9464, '127.0.0.1', resolve).once('error', () => resolve()));
    const agent = new AgentProcess([join(folder, 'gearbox.wasm'), '--node', 'port', '--state', join(folder, 'port')]);
    agents.push(agent);
    await agent.start('metrics and health are served');
    expect(agent.said).toContain('the usual port of metrics and health is taken');
    const taken = /served at=http:\/\/(\S+)/.exec(agent.said)![1]!;
    const second = runToEnd(['gearbox.wasm', '--node', 'second', '--state', 'second', '--http', taken], folder);
    expect(second.said).toContain(`${taken.split(':')[1]}`);
    expect(second.status).toBe(1);
    expect(await agent.end('SIGTERM')).toBe(0);
    server.close();
  });

  test('standard input: when it ends, all is delivered and the agent ends', async () => {
    const agent = await started('stdin', { in: [{ stdin: 'json-object' }] });
    agent.stdin.end(
      rows
        .slice(0, 40)
        .map((row) => `${JSON.stringify(objectOf(row))}\n`)
        .join(''),
    );
    expect(await agent.ended()).toBe(0);
    await until(() => scoresOf('stdin').length === 40, agent);
    expect(scoresOf('stdin').map(({ score }) => score)).toEqual(rows.slice(0, 40).map((row) => model.run(row)));
  });
});
