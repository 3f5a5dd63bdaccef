import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import { quiet } from '../../devices/log.ts';
import { connectNats } from '../../devices/worker/connect.ts';
import { Ingest } from '../../devices/worker/ingest.ts';
import { JetStream } from '../../devices/worker/jetstream.ts';
import { namesOf } from '../../devices/worker/names.ts';
import { natsDefaults } from '../../devices/worker/nats-options.ts';
import { ingestDefaults } from '../../devices/worker/options.ts';
import { setup, setupDefaults } from '../../devices/worker/setup.ts';
import { openCluster, type Cluster } from '../devices/worker/cluster.ts';

// node test/bench/worker.ts [frames per second of the simulated fleet] [samples of a frame]
// The gearbox model (16 f32 a sample, each sample a window) on servers of its own on loopback.

const partitions = 16;
const fleetFrames = Number(process.argv[2] ?? 200);
const samplesPerFrame = Number(process.argv[3] ?? 100);
const fleetSeconds = 10;
const names = namesOf('bench');
const folder = mkdtempSync(join(tmpdir(), 'sandglass-bench-'));
const path = join(folder, 'gear.wasm');
const rows = readFileSync('examples/gearbox/normal.csv', 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => Float32Array.from(line.split(','), Number));

interface Report {
  readonly messages: number;
  readonly samples: number;
  readonly scores: number;
  readonly partitions: number;
  readonly cpuMs: number;
}

interface Child {
  readonly process: ChildProcess;
  last: Report;
}

/** Head, and of each sample: its head, 16 values, and the name of its sensor, which is in the frame once. */
const frameBytes = 20 + samplesPerFrame * (10 + 4 * 16 + 2 + 6);

const rounded = (value: number): string => Math.round(value).toLocaleString('en');
const print = (what: string, value: string): void => console.log(`  ${what.padEnd(58)} ${value.padStart(16)}`);

/** Milliseconds of processor time that the servers have used (proc(5): fields 14 and 15, in 1/100 s). */
function cpuOf({ pids }: Cluster): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return sum + 10 * (Number(fields[11]) + Number(fields[12]));
  }, 0);
}

async function startWorkers(cluster: Cluster, count: number, every: number): Promise<Child[]> {
  const children = Array.from({ length: count }, (_, i): Child => {
    const words = ['test/bench/worker-child.ts', path, cluster.servers.join(','), `w${i}`, String(every)];
    const child: Child = {
      process: spawn('node', words, { stdio: ['ignore', 'pipe', 'inherit'] }),
      last: { messages: 0, samples: 0, scores: 0, partitions: 0, cpuMs: 0 },
    };
    createInterface({ input: child.process.stdout! }).on('line', (line) => (child.last = JSON.parse(line) as Report));
    return child;
  });
  while (children.some(({ last }) => last.partitions !== partitions / count)) await delay(50);
  return children;
}

async function stopWorkers(children: readonly Child[]): Promise<void> {
  for (const { process } of children) process.kill('SIGTERM');
  await Promise.all(children.map(({ process }) => new Promise((resolve) => process.once('exit', resolve))));
}

const sum = (children: readonly Child[], key: keyof Report): number => children.reduce((all, { last }) => all + last[key], 0);

/** Frames of 100 samples each: as many sensors as there are samples in a second, in turn. */
async function openFleet(cluster: Cluster, replicas: number, lingerMs: number) {
  const jetstream = await JetStream.open(await connectNats({ ...natsDefaults, servers: cluster.servers }, quiet), 20_000);
  const options = { ...setupDefaults, replicas, partitions, samplesMaxBytes: 8e8, scoresMaxBytes: 4e8 };
  const leases = await setup(jetstream, names, options, quiet);
  const ingest = new Ingest({ jetstream, leases, names, partitions, log: quiet }, { ...ingestDefaults, frameBytes, lingerMs });
  let sent = 0;
  return {
    jetstream,
    ingest,
    /** Samples of `sensors` sensors in turn. */
    take(count: number, sensors: number): void {
      for (let i = 0; i < count; i++, sent++) {
        const [sensor, time] = [sent % sensors, 1.8e9 + Math.floor(sent / sensors)];
        ingest.take({ artifact: 'gear', sensor: `s${sensor}`, time, values: rows[(sensor + time) % rows.length]! });
      }
    },
  };
}

/** Samples as fast as ingest takes them, until the last one is scored. */
async function throughput(cluster: Cluster, replicas: number): Promise<void> {
  const [sensors, samples] = [20_000, 400_000];
  for (const count of [1, 2, 4]) {
    const fleet = await openFleet(cluster, replicas, 20);
    const children = await startWorkers(cluster, count, 60);
    const [began, clock] = [performance.now(), clockOf(cluster, children)];
    for (let at = 0; at < samples; at += 10_000) {
      fleet.take(10_000, sensors);
      await fleet.ingest.safe();
    }
    const stored = performance.now();
    while (sum(children, 'samples') < samples) await delay(20);
    const seconds = (performance.now() - began) / 1000;
    const { ingest, servers, workers } = clock(samples);
    print(`${count} worker${count > 1 ? 's' : ''}: samples per second, published to scored`, rounded(samples / seconds));
    print('  stored, by one ingest', rounded((1000 * samples) / (stored - began)));
    print(
      '  processor seconds per million: ingest, servers, workers',
      [ingest, servers, workers].map((one) => one.toFixed(1)).join(', '),
    );
    await stopWorkers(children);
    await fleet.jetstream.connection.close();
  }
}

/** Starts to measure processor time. Gives seconds per million samples. */
function clockOf(cluster: Cluster, children: readonly Child[]) {
  const [own, servers, workers] = [process.cpuUsage(), cpuOf(cluster), sum(children, 'cpuMs')];
  return (samples: number) => {
    const { user, system } = process.cpuUsage(own);
    const perMillion = (ms: number): number => ms / 1000 / (samples / 1e6);
    return {
      ingest: perMillion((user + system) / 1000),
      servers: perMillion(cpuOf(cluster) - servers),
      workers: perMillion(sum(children, 'cpuMs') - workers),
    };
  };
}

/** Frames at a steady rate; how far the worker is behind. */
async function simulate(cluster: Cluster, replicas: number, every: number): Promise<void> {
  const sensors = fleetFrames * samplesPerFrame;
  const fleet = await openFleet(cluster, replicas, 1000);
  const children = await startWorkers(cluster, 1, every);
  const clock = clockOf(cluster, children);
  const before = sum(children, 'samples');
  const began = performance.now();
  let [sent, furthest] = [0, 0];
  for (let seconds = 0; seconds < fleetSeconds; seconds = (performance.now() - began) / 1000) {
    const due = Math.min(fleetSeconds, seconds) * sensors - sent;
    fleet.take(due, sensors);
    sent += Math.ceil(due);
    await delay(10);
    furthest = Math.max(furthest, sent - (sum(children, 'samples') - before));
  }
  await fleet.ingest.safe();
  const stored = performance.now();
  while (sum(children, 'samples') - before < fleet.ingest.samples) await delay(20);
  const scored = performance.now();
  const cpu = clock(fleet.ingest.samples);
  const millions = fleet.ingest.samples / 1e6;
  const { messages } = fleet.ingest;
  print('frames per second', rounded((1000 * messages) / (stored - began)));
  print('samples per second', rounded((1000 * fleet.ingest.samples) / (stored - began)));
  print('scores published', rounded(sum(children, 'scores')));
  print('samples that waited at most, in seconds of the fleet', (furthest / sensors).toFixed(2));
  print(
    'after the last sample: stored, scored',
    `${rounded(stored - began - 1000 * fleetSeconds)}, ${rounded(scored - stored)} ms`,
  );
  await stopWorkers(children);
  console.log('  Of a million sensors at 1 Hz, by that: processors of this kind that would be busy');
  print('  ingest', cpu.ingest.toFixed(1));
  print('  each of the three nodes', (cpu.servers / 3).toFixed(1));
  print('  workers', cpu.workers.toFixed(1));
  print('  frames per second', rounded(messages / millions));
  print('  MB of samples per second to each node', rounded((messages / millions) * frameBytes * 1e-6));
  await fleet.jetstream.connection.close();
}

async function withCluster(nodes: number, use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await openCluster(nodes);
  try {
    await use(cluster);
  } finally {
    await cluster.dispose();
  }
}

try {
  const { artifact } = await compile({
    model: openSource('examples/gearbox/model/model.json'),
    data: readNamed('examples/gearbox/normal.csv'),
  });
  writeFileSync(path, artifact);
  console.log(
    `${availableParallelism()} processors, on which servers, ingest and workers run together: rates are those of all of it.`,
  );
  for (const nodes of [1, 3]) {
    console.log(`\n${nodes} node${nodes > 1 ? 's' : ''}, ${nodes} replica${nodes > 1 ? 's' : ''}, every 60th score published`);
    await withCluster(nodes, (cluster) => throughput(cluster, nodes));
  }
  for (const every of [60, 1]) {
    console.log(
      `\n${rounded(fleetFrames * samplesPerFrame)} sensors at 1 Hz in ${fleetFrames} frames a second for ${fleetSeconds} s; 3 replicas, 1 worker, every ${every === 1 ? 'score' : '60th score'} published`,
    );
    await withCluster(3, (cluster) => simulate(cluster, 3, every));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
