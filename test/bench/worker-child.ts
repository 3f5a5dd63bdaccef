import { loadArtifact } from '../../devices/scoring/artifact.ts';
import { quiet } from '../../devices/log.ts';
import { connectNats } from '../../devices/worker/connect.ts';
import { JetStream } from '../../devices/worker/jetstream.ts';
import { Leases } from '../../devices/worker/leases.ts';
import { namesOf } from '../../devices/worker/names.ts';
import { natsDefaults } from '../../devices/worker/nats-options.ts';
import { workerDefaults } from '../../devices/worker/options.ts';
import { Worker } from '../../devices/worker/worker.ts';

// One worker of test/bench/worker.ts: says ten times a second what it has done, as a line of JSON. SIGTERM ends it.

const [path, servers, id, every] = process.argv.slice(2) as [string, string, string, string];
const jetstream = await JetStream.open(await connectNats({ ...natsDefaults, servers: servers.split(',') }, quiet), 20_000);
const names = namesOf('bench');
const leases = await Leases.open(jetstream, names.leases);
const artifact = await loadArtifact('gear', path);
const worker = new Worker(
  { jetstream, leases, names, artifacts: [artifact], log: quiet },
  { ...workerDefaults, id, beatMs: 250, checkpointSeconds: 5, publish: { every: Number(every), change: null } },
);
worker.start();
const say = (): void => {
  const { messages, samples, scores } = worker.counters;
  const cpu = process.cpuUsage();
  const line = { messages, samples, scores, partitions: worker.partitions.length, cpuMs: (cpu.user + cpu.system) / 1000 };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const timer = setInterval(say, 100);
process.once('SIGTERM', () => {
  void worker.stop().then(async () => {
    clearInterval(timer);
    say();
    await jetstream.connection.close();
  });
});
