import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sample } from '../../../devices/sources/define.ts';
import { missingMosquitto, openMosquitto } from '../mosquitto.ts';
import { ad01Bytes, loaded } from '../scoring/artifacts.ts';
import { missingServer, openCluster, type Cluster } from './cluster.ts';
import { bySensor, openFleet, recorded, scoredAlone, ScoreReader, until } from './fleet.ts';

const skipped = missingServer() ?? missingMosquitto();

describe.skipIf(skipped !== null)('one node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-ingest-'));
  const path = join(folder, 'ad01.wasm');
  const children: ChildProcess[] = [];
  const reader = new ScoreReader();
  let artifact: Awaited<ReturnType<typeof loaded>>;
  let cluster: Cluster;
  let fleet: Awaited<ReturnType<typeof openFleet>>;

  beforeAll(async () => {
    const bytes = await ad01Bytes({ hop: 32, rateHz: 10 });
    writeFileSync(path, bytes);
    artifact = await loaded(bytes);
    cluster = await openCluster(1);
    fleet = await openFleet(cluster.servers, { replicas: 1, partitions: 4 });
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await fleet?.close();
    await cluster?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const inCluster = (): string[] => ['--prefix', 'test', '--servers', cluster.servers.join(',')];

  test('sandglass ingest hands what comes by MQTT to workers; killed -9 in between, it loses nothing', async () => {
    const mosquitto = await openMosquitto({ settings: ['max_queued_messages 0', 'max_inflight_messages 200'] });
    const client = connect(mosquitto.url, { protocolVersion: 5 });
    const worker = await fleet.worker(artifact, { id: 'reads' });
    const samples = [...recorded(2, 700)].map((sample): Sample => ({ ...sample, sensor: `line ${sample.sensor}` }));
    const config = join(folder, 'ingest.json');
    const rule = { topic: 'plant/{sensor}', format: 'json-array', channels: ['1'], time: '0' };
    writeFileSync(config, JSON.stringify({ stream: { artifacts: { ad01: path }, broker: mosquitto.url, in: [rule] } }));
    const words = ['compiler/cli/main.ts', 'ingest', '--config', config, ...inCluster()];
    let said = '';
    const started = async (): Promise<ChildProcess> => {
      const ingest = spawn('node', words, { stdio: ['ignore', 'ignore', 'pipe'] });
      children.push(ingest);
      said = '';
      ingest.stderr.on('data', (chunk) => (said += String(chunk)));
      await until('a subscription', 20, () => said.includes('subscribed'));
      return ingest;
    };
    const publish = (some: readonly Sample[]): Promise<unknown> =>
      Promise.all(
        some.map(({ sensor, time, values }) =>
          client.publishAsync(`plant/${sensor}`, JSON.stringify([time, ...values]), { qos: 1 }),
        ),
      );
    const first = await started();
    await publish(samples.slice(0, 700));
    first.kill('SIGKILL');
    await publish(samples.slice(700));
    const second = await started();
    await client.publishAsync('plant/line 1', 'no JSON', { qos: 1 });
    const expected = scoredAlone(artifact, samples);
    const count = [...expected.values()].reduce((sum, { length }) => sum + length, 0);
    await until('scores', 20, async () => {
      await reader.readOn(fleet.jetstream, fleet.names.scores);
      return reader.seen.filter(({ device }) => device.startsWith('line')).length >= count;
    });
    const seen = reader.seen.filter(({ device }) => device.startsWith('line'));
    expect(Object.fromEntries(bySensor(seen))).toEqual(Object.fromEntries(expected));
    const ended = new Promise((resolve) => second.once('exit', resolve));
    second.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(said).toContain('refused=1');
    await worker.stop();
    await client.endAsync(true);
    await mosquitto.dispose();
  });
});
