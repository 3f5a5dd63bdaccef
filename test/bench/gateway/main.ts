import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { gearboxArtifact, rows } from '../../devices/stream/gearbox.ts';
import type { Fleet } from './fleet.ts';
import { measure, type Run } from './measure.ts';

// npm run bench:stream: a gateway under load, through a real mosquitto: what one process on one core takes, how late scores are, what
// a sensor costs. --soak 30 watches memory for so many minutes.
const { soak, seconds } = new Command()
  .option('--seconds <n>', 'length of each run', '20')
  .option('--soak <minutes>', 'instead: the fleet of ad01 for so long, with memory each minute')
  .parse()
  .opts<{ soak?: string; seconds: string }>();

const folder = mkdtempSync(join(tmpdir(), 'sandglass-bench-'));
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const share = (cores: number): string => `${(100 * cores).toFixed(0)} %`;

const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
const values = new Float32Array(clip.bytes.buffer.slice(clip.bytes.byteOffset, clip.bytes.byteOffset + clip.bytes.length));
/** Frames of 128 log-mel values: a window of ad01 is five of them, moved by one. */
const frames = Array.from({ length: 200 }, (_, i) => [...values.subarray(128 * i, 128 * (i + 1))]);

async function ad01Fleet(length: number): Promise<[Fleet, Record<string, unknown>]> {
  const { artifact } = await compile({ model: openSource('test/models/ad01/ad01.h5'), data: clip, hop: 128, rateHz: 128 });
  writeFileSync(join(folder, 'ad01.wasm'), artifact);
  const fleet = { sensors: 5000, perSecond: 5000, seconds: length, samplesPerMessage: 128, rateHz: 128, rows: frames };
  const input = { topic: 'plant/{sensor}', format: 'f32', header: 'f64' };
  return [fleet, { artifacts: { ad01: 'ad01.wasm' }, in: [input], state: join(folder, 'ad01-state') }];
}

async function gearboxFleet(perSecond: number): Promise<[Fleet, Record<string, unknown>]> {
  writeFileSync(join(folder, 'gearbox.wasm'), await gearboxArtifact());
  const fleet = {
    sensors: 1000,
    perSecond,
    seconds: Number(seconds),
    samplesPerMessage: 1,
    rateHz: perSecond / 1000,
    rows: rows.map((row) => [...row]),
  };
  const input = { topic: 'plant/{sensor}', format: 'f32', header: 'f64', rateHz: fleet.rateHz };
  const stream = {
    artifacts: { gearbox: 'gearbox.wasm' },
    in: [input],
    // Each alarm, and each 100th score of a sensor.
    publish: { every: 100 },
    state: join(folder, `gearbox-state-${perSecond}`),
  };
  return [fleet, stream];
}

const row = (name: string, run: Run): string =>
  `| ${[
    name,
    run.perSecond.toFixed(0),
    ((run.samples / run.sent) * run.perSecond).toFixed(0),
    ((run.scores / run.sent) * run.perSecond).toFixed(0),
    ((run.published / run.sent) * run.perSecond).toFixed(0),
    run.p50?.toFixed(0) ?? '-',
    run.p99?.toFixed(0) ?? '-',
    share(run.cpu),
    share(run.brokerCpu),
    mb(run.residentBytes),
  ].join(' | ')} |`;

print(`${availableParallelism()} cores of ${cpus()[0]?.model ?? '?'}, Node ${process.version}, mosquitto on the same machine\n`);
if (soak !== undefined) {
  const [fleet, stream] = await ad01Fleet(60 * Number(soak));
  print('| minute | memory |\n| --- | --- |');
  const run = await measure(folder, fleet, stream, (minute, bytes) => print(`| ${minute} | ${mb(bytes)} |`));
  print(`\n${run.sent} messages sent, ${run.samples / 128} taken, ${run.published} scores at the consumer, p99 ${run.p99} ms`);
} else {
  print('| fleet | messages/s | samples/s | scores/s | published/s | p50 ms | p99 ms | agent, of a core | mosquitto | memory |');
  print('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  print(row('ad01, 5,000 sensors, 1 score/s each', await measure(folder, ...(await ad01Fleet(Number(seconds))))));
  for (const perSecond of [10_000, 20_000, 30_000, 40_000]) {
    print(row(`gearbox, 1,000 sensors, ${perSecond} messages/s`, await measure(folder, ...(await gearboxFleet(perSecond)))));
  }
  for (const name of ['ad01', 'gearbox']) {
    const words = ['--expose-gc', 'test/bench/gateway/memory.ts', join(folder, `${name}.wasm`)];
    const { stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    const { window, beside } = JSON.parse(stdout) as { window: number; beside: number };
    print(`\nmemory per sensor of ${name}: its window of ${window} bytes and ${beside} bytes`);
  }
}
rmSync(folder, { recursive: true });
