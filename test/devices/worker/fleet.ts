import { setTimeout as delay } from 'node:timers/promises';
import { Engine } from '../../../devices/agent/engine.ts';
import { quiet, type Log } from '../../../devices/log.ts';
import { decodeRecord, type ScoreMessage } from '../../../devices/record.ts';
import type { LoadedArtifact } from '../../../devices/scoring/artifact.ts';
import type { Sample } from '../../../devices/sources/define.ts';
import { connectNats } from '../../../devices/worker/connect.ts';
import { Ingest } from '../../../devices/worker/ingest.ts';
import { JetStream } from '../../../devices/worker/jetstream.ts';
import { namesOf } from '../../../devices/worker/names.ts';
import { natsDefaults } from '../../../devices/worker/nats-options.ts';
import { ingestDefaults, workerDefaults, type WorkerOptions } from '../../../devices/worker/options.ts';
import { setup, setupDefaults, type SetupOptions } from '../../../devices/worker/setup.ts';
import { Worker } from '../../../devices/worker/worker.ts';
import { clipValues } from '../scoring/artifacts.ts';

/** Values of ad01's recorded clip, of many sensors that begin at places of their own, one value of each in turn at 10 Hz. */
export function* recorded(sensors: number, count: number, artifact = 'ad01'): Generator<Sample> {
  for (let i = 0; i < count; i++) {
    for (let sensor = 0; sensor < sensors; sensor++) {
      const at = (997 * sensor + i) % clipValues.length;
      yield { artifact, sensor: `pump ${sensor}`, time: 1e9 + i / 10, values: clipValues.subarray(at, at + 1) };
    }
  }
}

/** What has to be the same of a score, whoever made it. */
export const bitsOf = ({ device, seq, time, score, threshold, alarm, artifact }: ScoreMessage): string =>
  JSON.stringify([device, seq, time, score, threshold, alarm, artifact.sha256]);

/** The scores of one process that gets all samples, by sensor, in order. */
export function scoredAlone(artifact: LoadedArtifact, samples: Iterable<Sample>): Map<string, string[]> {
  const options = { node: 'alone', publish: workerDefaults.publish, why: 3, maxSensors: 1e6 };
  const engine = new Engine([artifact], 1, options, { sensor() {} });
  for (const sample of samples) engine.take(sample);
  return bySensor(engine.endTurn().records.map((record) => messageOf(decodeRecord(record).json)));
}

const messageOf = (json: Uint8Array): ScoreMessage => JSON.parse(Buffer.from(json).toString()) as ScoreMessage;

export function bySensor(messages: readonly ScoreMessage[]): Map<string, string[]> {
  const sensors = new Map<string, string[]>();
  for (const message of messages) {
    const list = sensors.get(message.device);
    if (list === undefined) sensors.set(message.device, [bitsOf(message)]);
    else list.push(bitsOf(message));
  }
  return sensors;
}

/** Reads the scores stream as a consumer does that honours { device, epoch, seq }. */
export class ScoreReader {
  /** What such a consumer sees, in order. */
  readonly seen: ScoreMessage[] = [];
  /** What it dropped since it had seen it. */
  repeated = 0;
  /** A sequence number after which another one was due. */
  disorder = 0;
  readonly #last = new Map<string, number>();
  #next = 1;

  take(data: Uint8Array): void {
    for (const message of JSON.parse(Buffer.from(data).toString()) as ScoreMessage[]) {
      const key = `${message.device}/${message.epoch}`;
      const last = this.#last.get(key) ?? 0;
      if (message.seq <= last) {
        this.repeated++;
        continue;
      }
      if (message.seq !== last + 1) this.disorder++;
      this.#last.set(key, message.seq);
      this.seen.push(message);
    }
  }

  /** Takes what has come since the last time. Message by message: a consumer of NATS would take its time when its node is killed. */
  async readOn(jetstream: JetStream, stream: string): Promise<void> {
    for (;;) {
      const message = await jetstream.at(stream, this.#next).catch(() => null);
      if (message === null) return;
      this.take(message.data);
      this.#next++;
    }
  }
}

export const quickWorker: WorkerOptions = { ...workerDefaults, id: 'worker', beatMs: 250, checkpointSeconds: 0.5 };

/** Connected to a cluster, with the streams made. */
export async function openFleet(servers: readonly string[], options: Partial<SetupOptions>, log: Log = quiet) {
  const connections: { close(): Promise<void> }[] = [];
  const names = namesOf('test');
  const connect = async (): Promise<JetStream> => {
    const connection = await connectNats({ ...natsDefaults, servers }, log);
    connections.push(connection);
    return JetStream.open(connection, 20_000);
  };
  const jetstream = await connect();
  const settings = { ...setupDefaults, samplesMaxBytes: 2e8, scoresMaxBytes: 2e8, ...options };
  const leases = await setup(jetstream, names, settings, log);
  return {
    names,
    jetstream,
    leases,
    connect,
    async worker(artifact: LoadedArtifact, more: Partial<WorkerOptions>): Promise<Worker> {
      const worker = new Worker(
        { jetstream: await connect(), leases, names, artifacts: [artifact], log },
        { ...quickWorker, ...more },
      );
      worker.start();
      return worker;
    },
    ingest: () => new Ingest({ jetstream, leases, names, partitions: settings.partitions, log }, ingestDefaults),
    async close() {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/** Waits for something that others do. */
export async function until(what: string, seconds: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
    if (await holds()) return;
    await delay(20);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}
