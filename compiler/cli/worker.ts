import { openLog } from '../../devices/agent/log-pino.ts';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { loadArtifact, type LoadedArtifact } from '../../devices/scoring/artifact.ts';
import { Leases } from '../../devices/worker/leases.ts';
import { workerDefaults, type WorkerOptions } from '../../devices/worker/options.ts';
import { setup } from '../../devices/worker/setup.ts';
import { Worker } from '../../devices/worker/worker.ts';
import { InputError } from '../error.ts';
import type { NatsWords } from './nats-words.ts';
import { askedToStop, openNats } from './nats.ts';
import { formatBytes, print } from './output.ts';

interface Words extends NatsWords {
  readonly setup?: true;
  readonly replicas: number;
  readonly partitions: number;
  readonly samplesBytes: number;
  readonly scoresBytes: number;
  readonly scoresAge: number;
  readonly node: string;
  readonly id?: string;
  readonly lease: number;
  readonly checkpoint: number;
  readonly every: number;
  readonly why: number;
}

const log = openLog();

export async function run(files: readonly string[], words: Words): Promise<void> {
  if (words.setup) return setUp(files, words);
  const artifacts = await loadAll(files);
  const id = words.id ?? `${hostname()}-${process.pid}`;
  const { jetstream, names } = await openNats(words, `sandglass worker ${id}`, log);
  try {
    const leases = await Leases.open(jetstream, names.leases);
    const worker = new Worker({ jetstream, leases, names, artifacts, log }, optionsOf(words, id));
    worker.start();
    log.info('worker begins', { id, artifacts: artifacts.map(({ name }) => name).join(', ') });
    await Promise.race([askedToStop(), worker.ended]);
    await worker.stop();
    const { messages, samples, scores } = worker.counters;
    log.info('worker ends', { messages, samples, scores });
  } finally {
    await jetstream.connection.close();
  }
}

const optionsOf = (words: Words, id: string): WorkerOptions => ({
  ...workerDefaults,
  id,
  node: words.node,
  beatMs: (1000 * words.lease) / workerDefaults.patience,
  checkpointSeconds: words.checkpoint,
  publish: { ...workerDefaults.publish, every: words.every },
  why: words.why,
});

async function setUp(files: readonly string[], words: Words): Promise<void> {
  if (files.length > 0) {
    throw new InputError({ where: files[0]!, what: '--setup makes streams and scores nothing', hint: 'Leave the artifact out.' });
  }
  const { jetstream, names } = await openNats(words, 'sandglass setup', log);
  const { replicas, partitions } = words;
  try {
    await setup(
      jetstream,
      names,
      {
        replicas,
        partitions,
        samplesMaxBytes: words.samplesBytes,
        scoresMaxBytes: words.scoresBytes,
        scoresMaxAgeSeconds: words.scoresAge,
        duplicateSeconds: 120,
      },
      log,
    );
  } finally {
    await jetstream.connection.close();
  }
  print(
    `${names.samples}: ${partitions} partitions, ${replicas} replicas, ${formatBytes(words.samplesBytes)} until ingest waits`,
  );
  print(`${names.scores}: ${replicas} replicas, ${formatBytes(words.scoresBytes)} or ${words.scoresAge} s, then the oldest go`);
  print(`${names.state}, ${names.leases}: ${replicas} replicas`);
}

/** pump.wasm is called pump; name=path calls it otherwise. */
async function loadAll(files: readonly string[]): Promise<LoadedArtifact[]> {
  if (files.length === 0) {
    throw new InputError({
      where: 'sandglass worker',
      what: 'has no artifact',
      hint: 'Name one or more: pump.wasm or pump=path.wasm.',
    });
  }
  const artifacts: LoadedArtifact[] = [];
  for (const file of files) {
    const [, given, path] = /^(?:([\w -]+)=)?(.+)$/s.exec(file)!;
    const name = given ?? basename(path!).replace(/\.wasm$/, '');
    if (artifacts.some((other) => other.name === name)) {
      throw new InputError({ where: path!, what: `another artifact is called ${name} too`, hint: `Say other=${path!}.` });
    }
    artifacts.push(await loadArtifact(name, path!));
  }
  return artifacts;
}
