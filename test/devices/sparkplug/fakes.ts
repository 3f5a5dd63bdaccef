import { encodeRecord, type ScoreMessage } from '../../../devices/record.ts';
import type { SensorDirectory, SensorView } from '../../../devices/sinks/define.ts';
import type { Consumer, Entry } from '../../../devices/spool/define.ts';
import { abiVersion } from '../../../runtime-js/artifact/abi.ts';
import type { Manifest } from '../../../runtime-js/artifact/manifest.ts';

type Change = 'added' | 'changed' | 'removed';

/** Sensors in memory. */
export class FakeSensors implements SensorDirectory {
  readonly #views = new Map<string, SensorView>();
  readonly #listeners = new Set<(change: Change, device: string) => void>();

  all(): Iterable<SensorView> {
    return this.#views.values();
  }

  get(device: string): SensorView | undefined {
    return this.#views.get(device);
  }

  watch(listener: (change: Change, device: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(device: string, last: SensorView['last'] = null, manifest = manifestOf('raw')): void {
    const change = this.#views.has(device) ? 'changed' : 'added';
    this.#views.set(device, { device, artifact: { name: 'pump', sha256: 'ab'.repeat(32), manifest }, last });
    for (const listener of this.#listeners) listener(change, device);
  }

  /** Without a word: the last score of a sensor changes all the time. */
  note(device: string, last: SensorView['last']): void {
    const view = this.#views.get(device);
    if (view !== undefined) this.#views.set(device, { ...view, last });
  }

  remove(device: string): void {
    this.#views.delete(device);
    for (const listener of this.#listeners) listener('removed', device);
  }
}

/** A spool with one consumer, in memory. */
export class FakeConsumer implements Consumer {
  readonly #entries: Entry[] = [];
  readonly #listeners = new Set<() => void>();
  position = 0;

  read(from: number, most: number): readonly Entry[] {
    return this.#entries.slice(from, from + most);
  }

  acknowledge(position: number): void {
    if (position < this.position) throw new Error(`acknowledged ${position} after ${this.position}`);
    this.position = position;
  }

  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get next(): number {
    return this.#entries.length;
  }

  append(messages: readonly ScoreMessage[]): void {
    for (const message of messages) {
      const json = Buffer.from(JSON.stringify(message));
      this.#entries.push({
        position: this.#entries.length,
        data: encodeRecord({ device: message.device, alarmChanged: false, json }),
      });
    }
    for (const listener of this.#listeners) listener();
  }
}

/** The agent as the sink sees it: a score is noted, and appended. */
export class FakeAgent {
  readonly sensors = new FakeSensors();
  readonly consumer = new FakeConsumer();
  readonly #seqs = new Map<string, number>();

  score(device: string, score: number | null, more: Partial<ScoreMessage> = {}): ScoreMessage {
    const message = { ...scoreOf(device, this.#nextSeq(device), score), ...more };
    const time = message.time === null ? null : Date.parse(message.time) / 1000;
    this.sensors.note(device, { time, scoredAt: Date.parse(message.scoredAt), score, alarm: message.alarm });
    this.consumer.append([message]);
    return message;
  }

  #nextSeq(device: string): number {
    const seq = (this.#seqs.get(device) ?? 0) + 1;
    this.#seqs.set(device, seq);
    return seq;
  }
}

export const epoch = 1_767_225_600_000;

/** A score of now. */
export function scoreOf(device: string, seq: number, score: number | null, atMs = Date.now()): ScoreMessage {
  return {
    node: 'gateway-7',
    device,
    epoch,
    seq,
    time: new Date(atMs - 100).toISOString(),
    scoredAt: new Date(atMs).toISOString(),
    score,
    threshold: 0.5,
    alarm: score !== null && score > 0.5,
    ...(score !== null && score > 0.5 ? { why: [{ channel: 'vibration', share: 0.75 }] } : {}),
    artifact: { name: 'pump', sha256: 'ab'.repeat(32) },
  };
}

/** A manifest whose two channels have the unit mm/s, with the greatest error of the values as they come, or of normalised ones. */
export const manifestOf = (space: 'raw' | 'normalised'): Manifest => ({
  abi: abiVersion,
  name: 'pump',
  tool: 'sandglass 0.1.0',
  target: 'simd',
  model: { file: 'pump.onnx', format: 'onnx', sha256: 'cd'.repeat(32) },
  stateful: false,
  input: {
    size: 64,
    samples: 32,
    channelCount: 2,
    channels: ['vibration', 'vibration 2'].map((name) => ({ name, unit: 'mm/s' })),
    hop: 32,
    rateHz: 32,
    time: null,
    faults: null,
    range: [-1, 1],
  },
  features: null,
  scaling: null,
  latent: 4,
  batch: 16,
  score: {
    function: 'mae',
    space,
    weights: null,
    threshold: 0.5,
    method: 'fixed',
    parameter: 0.5,
    falseAlarmRate: null,
    calibrationWindows: 100,
    normal: { mean: 0.1, deviation: 0.05 },
    alarm: { raise: 1, clear: 1, clearAt: 0.5 },
  },
  quantization: {
    weights: 'int8 per channel',
    activations: 'int8 per tensor',
    requantize: 'single',
    observer: 'minmax',
    effort: 'fast',
  },
  accuracy: {
    windows: 100,
    meanFloat: 0.1,
    meanInt8: 0.1,
    correlation: 1,
    rankCorrelation: 1,
    meanRelativeError: 0,
    maxDifference: 0,
    decibels: 40,
  },
  layers: [],
  sizes: { weights: 1000, code: 1000, memory: 65536 },
});
