import { connectionDefaults, type ConnectionOptions } from '../../../devices/mqtt/options.ts';
import { encodeRecord, type ScoreMessage } from '../../../devices/record.ts';
import type { SensorDirectory, SensorView } from '../../../devices/sinks/define.ts';
import { JsonSink, jsonSinkDefaults, type JsonSinkOptions } from '../../../devices/sinks/json.ts';
import { captureLog, type CapturedLog } from '../captured-log.ts';
import { MemoryConsumer } from '../memory-spool.ts';

type Manifest = SensorView['artifact']['manifest'];

/** Sensors of a test, that score when the test says so. */
export class TestSensors implements SensorDirectory {
  readonly #sensors = new Map<string, SensorView>();
  readonly #listeners = new Set<Parameters<SensorDirectory['watch']>[0]>();
  readonly #seq = new Map<string, number>();

  all = (): Iterable<SensorView> => this.#sensors.values();
  get = (device: string): SensorView | undefined => this.#sensors.get(device);
  watch(listener: Parameters<SensorDirectory['watch']>[0]): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A record as the agent spools it. */
  score(device: string, score: number, node = 'gateway-7'): Uint8Array {
    const before = this.#sensors.get(device);
    const scoredAt = Date.now();
    const alarm = score > 0.5;
    // A sink reads nothing of the manifest.
    const artifact = { name: 'pump', sha256: 'ab'.repeat(32), manifest: {} as Manifest };
    this.#sensors.set(device, { device, artifact, last: { time: scoredAt / 1000, scoredAt, score, alarm } });
    if (before === undefined) for (const listener of this.#listeners) listener('added', device);
    const seq = (this.#seq.get(device) ?? 0) + 1;
    this.#seq.set(device, seq);
    const at = new Date(scoredAt).toISOString();
    const { name, sha256 } = artifact;
    const message: ScoreMessage = {
      node,
      device,
      epoch: 179e10,
      seq,
      time: at,
      scoredAt: at,
      score,
      threshold: 0.5,
      alarm,
      ...(alarm
        ? {
            why: [
              {
                channel: 'vibration',
                share: 0.75,
              },
            ],
          }
        : {}),
      artifact: {
        name,
        sha256,
      },
    };
    return encodeRecord({
      device,
      alarmChanged: alarm !== (before?.last?.alarm ?? false),
      json: Buffer.from(JSON.stringify(message)),
    });
  }

  remove(device: string): void {
    this.#sensors.delete(device);
    for (const listener of this.#listeners) listener('removed', device);
  }
}

export interface SinkWorld {
  readonly sink: JsonSink;
  readonly consumer: MemoryConsumer;
  readonly sensors: TestSensors;
  readonly log: CapturedLog;
}

export function makeSink(
  url: string,
  {
    connection = {},
    ...options
  }: Partial<Omit<JsonSinkOptions, 'connection'>> & { readonly connection?: Partial<ConnectionOptions> } = {},
  node = 'gateway-7',
): SinkWorld {
  const [consumer, sensors, log] = [new MemoryConsumer(), new TestSensors(), captureLog()];
  const backoff = { firstSeconds: 0.02, maxSeconds: 0.1, stableSeconds: 30 };
  const sink = new JsonSink(
    'json',
    { ...jsonSinkDefaults, ...options, connection: { ...connectionDefaults, url, backoff, ...connection } },
    { node, sensors, consumer, log },
  );
  return { sink, consumer, sensors, log };
}
