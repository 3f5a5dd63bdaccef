import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sample } from '../../../devices/sources/define.ts';
import { samplesSubject } from '../../../devices/worker/names.ts';
import type { Worker } from '../../../devices/worker/worker.ts';
import { ad01Bytes, loaded } from '../scoring/artifacts.ts';
import { missingServer, openCluster, type Cluster } from './cluster.ts';
import { bySensor, openFleet, recorded, scoredAlone, ScoreReader, until } from './fleet.ts';

const partitions = 4;

describe.skipIf(missingServer() !== null)('three nodes that keep three replicas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-worker-'));
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
    cluster = await openCluster(3);
    fleet = await openFleet(cluster.servers, { replicas: 3, partitions });
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await fleet?.close();
    await cluster?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** `sandglass worker` as a process of its own, once it has said that it holds partitions. */
  async function spawnWorker(id: string): Promise<ChildProcess> {
    const words = ['worker', path, '--id', id, '--prefix', 'test', '--lease', '1.5', '--checkpoint', '0.5'];
    const child = spawn('node', ['compiler/cli/main.ts', ...words, '--servers', cluster.servers.join(',')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let said = '';
    child.stderr!.on('data', (chunk) => (said += String(chunk)));
    await until(`${id} holds a partition: ${said}`, 20, () => said.includes('partition taken'));
    return child;
  }

  /** Sends samples over about so many seconds, while `disturb` runs; waits for all scores, and compares them with those of one process. */
  async function expectUndisturbed(name: string, seconds: number, disturb: () => Promise<void>): Promise<void> {
    const samples = [...recorded(12, 1280)].map((sample): Sample => ({ ...sample, sensor: `${name} ${sample.sensor}` }));
    const expected = scoredAlone(artifact, samples);
    const ingest = fleet.ingest();
    const disturbed = disturb();
    const perTurn = 12 * 16;
    for (let at = 0; at < samples.length; at += perTurn) {
      for (const sample of samples.slice(at, at + perTurn)) ingest.take(sample);
      await Promise.all([ingest.safe(), delay((1000 * seconds * perTurn) / samples.length)]);
    }
    await disturbed;
    const seen = () => reader.seen.filter(({ device }) => device.startsWith(name));
    const total = [...expected.values()].reduce((sum, { length }) => sum + length, 0);
    await until(`${total} scores`, 30, async () => {
      await reader.readOn(fleet.jetstream, fleet.names.scores);
      return seen().length >= total;
    });
    expect(Object.fromEntries(bySensor(seen()))).toEqual(Object.fromEntries(expected));
    // More than a consumer needs that honours { device, epoch, seq }: the stream itself holds each score once, in order.
    expect({ repeated: reader.repeated, disorder: reader.disorder }).toEqual({ repeated: 0, disorder: 0 });
  }

  test('1, 2, 1 workers: the scores are those of one process that nobody disturbed', async () => {
    const first = await fleet.worker(artifact, { id: 'first' });
    let last: Worker | null = null as Worker | null;
    await until('all partitions', 10, () => first.partitions.length === partitions);
    await expectUndisturbed('scale', 3, async () => {
      await delay(700);
      const second = await fleet.worker(await loaded(artifact.bytes), { id: 'second' });
      const isShared = (): boolean => first.partitions.length === 2 && second.partitions.length === 2;
      await until('two partitions each', 10, isShared);
      await delay(700);
      await first.stop();
      await until('all partitions', 10, () => second.partitions.length === partitions);
      expect(second.sensors).toBeGreaterThan(0);
      await delay(300);
      await second.stop();
      last = await fleet.worker(await loaded(artifact.bytes), { id: 'third' });
    });
    expect(last?.partitions.length).toBe(partitions);
    await last?.stop();
  });

  test('a message that is no frame, and samples of an artifact that nobody has, are left out and counted', async () => {
    const worker = await fleet.worker(artifact, { id: 'strict' });
    await fleet.jetstream.publish(samplesSubject(fleet.names, 0), Buffer.from('hello'), {});
    const ingest = fleet.ingest();
    for (const sample of recorded(1, 2, 'other')) ingest.take(sample);
    ingest.take({ artifact: 'ad01', sensor: 'wide', time: 1, values: new Float32Array(3) });
    await ingest.safe();
    await until('three messages', 10, () => worker.counters.messages === 3);
    expect(Object.fromEntries(worker.counters.refused)).toEqual({ malformed: 1, 'other-artifact': 1, 'unknown-channel': 1 });
    await worker.stop();
  });

  test('a worker that was stopped (SIGSTOP) while others took over writes nothing when it goes on', async () => {
    const [slow, other] = [await spawnWorker('slow'), await spawnWorker('other')];
    await expectUndisturbed('pause', 4, async () => {
      await delay(1000);
      slow.kill('SIGSTOP');
      const isGone = async (): Promise<boolean> =>
        (await fleet.leases.read())!.assignment.partitions.every((ownership) => ownership?.owner === 'other');
      await until('the other one has all', 15, isGone);
      slow.kill('SIGCONT');
      await delay(500);
    });
    for (const child of [slow, other]) child.kill('SIGTERM');
    await Promise.all([slow, other].map((child) => new Promise((resolve) => child.once('exit', resolve))));
    expect([slow.exitCode, other.exitCode]).toEqual([0, 0]);
  });

  test('kill -9 of the leader of the streams and of a worker under load: nothing lost, nothing twice, in order', async () => {
    const workers = [await spawnWorker('x'), await spawnWorker('y')];
    await expectUndisturbed('kill', 5, async () => {
      await delay(1500);
      await cluster.kill((await fleet.jetstream.leaderOf(fleet.names.samples))!);
      workers[0]!.kill('SIGKILL');
      await delay(500);
    });
  });
});
