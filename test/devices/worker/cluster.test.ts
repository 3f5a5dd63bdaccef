import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Receiver, Sample, Source } from '../../../devices/sources/define.ts';
import { quiet } from '../../../devices/log.ts';
import { Checkpoints } from '../../../devices/worker/checkpoints.ts';
import { Fenced } from '../../../devices/worker/fenced.ts';
import { Inbox } from '../../../devices/worker/inbox.ts';
import { Outbox } from '../../../devices/worker/outbox.ts';
import { setup, setupDefaults } from '../../../devices/worker/setup.ts';
import { samplesSubject } from '../../../devices/worker/names.ts';
import type { Worker } from '../../../devices/worker/worker.ts';
import { ad01Bytes, loaded } from '../scoring/artifacts.ts';
import { missingServer, openCluster, type Cluster } from './cluster.ts';
import { bySensor, openFleet, recorded, scoredAlone, ScoreReader, until } from './fleet.ts';

const partitions = 4;

/** As little of a score as a reader needs. */
const score = (seq: number): Buffer => Buffer.from(JSON.stringify({ device: 'd', epoch: 1, seq }));

describe.skipIf(missingServer() !== null)('three nodes that keep three replicas', () => {
  let folder: string;
  let path: string;
  const children: ChildProcess[] = [];
  const reader = new ScoreReader();
  let artifact: Awaited<ReturnType<typeof loaded>>;
  let cluster: Cluster;
  let fleet: Awaited<ReturnType<typeof openFleet>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandglass-worker-'));
    path = join(folder, 'ad01.wasm');
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

  const inCluster = (): string[] => ['--prefix', 'test', '--servers', cluster.servers.join(',')];

  /** `sandglass worker` as a process of its own, once it has said that it holds partitions. */
  async function spawnWorker(id: string): Promise<ChildProcess> {
    const words = ['worker', path, '--id', id, '--lease', '1.5', '--checkpoint', '0.5', ...inCluster()];
    const child = spawn('node', ['compiler/cli/main.ts', ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let said = '';
    child.stderr!.on('data', (chunk) => (said += String(chunk)));
    await until(`${id} holds a partition: ${said}`, 20, () => said.includes('partition taken'));
    return child;
  }

  const hasAll = async (worker: string): Promise<boolean> =>
    (await fleet.leases.read())!.assignment.partitions.every((ownership) => ownership?.owner === worker);

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

  test('a source begins where it stood when all before it was stored', async () => {
    const marks: (string | null)[] = [];
    const sourceThat = (says: (receiver: Receiver) => void): Source => ({
      name: 'file of Ü',
      ended: Promise.resolve(),
      stop: () => Promise.resolve(),
      start(receiver, mark) {
        marks.push(mark);
        says(receiver);
        return Promise.resolve();
      },
    });
    const first = fleet.ingest();
    await first.start([
      sourceThat((receiver) => {
        for (const sample of recorded(1, 3, 'other')) receiver.take(sample);
        receiver.mark('file of Ü', '17');
        receiver.mark('file of Ü', '18');
      }),
    ]);
    await first.stop();
    expect([first.samples, first.messages]).toEqual([3, 1]);
    const second = fleet.ingest();
    await second.start([sourceThat(() => {})]);
    await second.stop();
    expect(marks).toEqual([null, '18']);
  });

  test('without setup a worker says what to do, and ends with 1', () => {
    const words = ['compiler/cli/main.ts', 'worker', path, ...inCluster(), '--prefix', 'none'];
    const { status, stderr } = spawnSync('node', words, { encoding: 'utf8', timeout: 30_000 });
    expect(stderr).toContain('error: bucket none-leases: says nothing of partitions\n  Begin with sandglass worker --setup');
    expect(status).toBe(1);
  });

  test('an outbox and checkpoints of an owner that was replaced are refused', async () => {
    const { jetstream, names } = fleet;
    const parts = { jetstream, stream: names.scores, subject: 'test.scores.99', partition: 99, samplesCreated: 7, log: quiet };
    const before = await Outbox.open({ input: 0, count: 0 }, parts);
    before.add(5, 1, score(1));
    await before.drained();
    const after = await Outbox.open({ input: 0, count: 0 }, parts);
    expect(after.position).toEqual({ input: 5, count: 1 });
    after.add(5, 1, score(1));
    after.add(6, 1, score(2));
    after.add(6, 2, score(3));
    await after.drained();
    before.add(6, 1, score(2));
    before.add(6, 2, score(3));
    before.add(7, 1, score(4));
    await before.drained();
    const last = (await jetstream.last(names.scores, parts.subject))!;
    const texts = await Promise.all(
      [last.seq - 2, last.seq - 1, last.seq].map(async (seq) => (await jetstream.at(names.scores, seq))!.data),
    );
    expect(texts.map((data) => Buffer.from(data).toString())).toEqual(
      [[1], [2, 3], [4]].map((seqs) => `[${seqs.map((seq) => String(score(seq))).join(',')}]`),
    );

    const checkpoints = (token: number): Checkpoints =>
      new Checkpoints({ jetstream, names, partition: 99, token, samplesCreated: 7, log: quiet, isWanted: () => true });
    const snapshot = { epoch: 3, spoolNext: 0, journalNext: 0, marks: [], artifacts: [] };
    const [old, fresh] = [checkpoints(1), checkpoints(2)];
    expect(await old.claim()).toBeNull();
    await old.save(10, snapshot);
    expect(await fresh.claim()).toEqual({ seq: 10, snapshot });
    await expect(old.save(11, snapshot)).rejects.toThrow(Fenced);
    await expect(checkpoints(1).claim()).rejects.toThrow(Fenced);
    await fresh.save(12, { ...snapshot, epoch: 4 });
    expect(await checkpoints(3).claim()).toEqual({ seq: 12, snapshot: { ...snapshot, epoch: 4 } });
    expect(await jetstream.subjects(names.state, 'test.state.99.>')).toHaveLength(2);
  });

  test('a message that was delivered and never arrived comes again, and nothing behind it comes before', async () => {
    const { jetstream, names } = fleet;
    const subject = samplesSubject(names, 98);
    const thief = await fleet.connect();
    const stolen: string[] = [];
    let consumers = 0;
    const inbox = new Inbox(0, {
      jetstream: {
        connection: jetstream.connection,
        endConsumer: (...words) => jetstream.endConsumer(...words),
        // Before the first consumer is asked for messages, somebody else gets one of it.
        consume: async (...words) => {
          const consumer = await jetstream.consume(...words);
          if (consumers++ > 0) return consumer;
          const fetch = await (await thief.consume(...words)).fetch({ max_messages: 1, expires: 10_000 });
          void (async () => {
            for await (const { data } of fetch) stolen.push(Buffer.from(data).toString());
          })();
          await delay(100);
          return consumer;
        },
      },
      stream: names.samples,
      subject,
      name: 'p98',
      maxPending: 100,
      log: quiet,
      confirm: () => Promise.resolve(),
    });
    const came: string[] = [];
    const all = (async () => {
      for await (const { data } of inbox.messages()) came.push(Buffer.from(data).toString());
    })();
    await until('a consumer', 10, () => consumers > 0);
    await delay(300);
    const texts = Array.from({ length: 6 }, (_, i) => `message ${i}`);
    for (const text of texts) await jetstream.publish(subject, Buffer.from(text), {});
    await until('six messages', 10, () => came.length >= 6);
    expect(stolen).toEqual(['message 0']);
    expect(came).toEqual(texts);
    expect(inbox.resets).toBe(1);
    inbox.acknowledge(Infinity);
    await inbox.close();
    await all;
  });

  test('setup is done once; what it is asked for otherwise it refuses', async () => {
    const { jetstream, names } = fleet;
    const settings = { ...setupDefaults, samplesMaxBytes: 2e8, scoresMaxBytes: 2e8, partitions };
    await setup(jetstream, names, settings, quiet);
    await expect(setup(jetstream, names, { ...settings, partitions: 5 }, quiet)).rejects.toThrow(
      'bucket test-leases: the fleet has 4 partitions; asked for are 5',
    );
    await expect(setup(jetstream, names, { ...settings, replicas: 1 }, quiet)).rejects.toThrow(
      'stream test-samples: is there with num_replicas 3; asked for is 1',
    );
  });

  test('a worker that was stopped (SIGSTOP) while others took over writes nothing when it goes on', async () => {
    const [slow, other] = [await spawnWorker('slow'), await spawnWorker('other')];
    await expectUndisturbed('pause', 4, async () => {
      await delay(1000);
      slow.kill('SIGSTOP');
      await until('the other one has all', 15, () => hasAll('other'));
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
