import { beforeAll, expect, test } from 'vitest';
import { compile } from '../../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../../compiler/files.ts';
import { Monitor, type Stream } from '../../../../devices/export/html/page/monitor.ts';
import type { AsyncModel } from '../../../../runtime-js/async-model.ts';
import { Feed, type Scored } from '../../../../runtime-js/feed.ts';
import { loadBytes, type Model } from '../../../../runtime-js/model.ts';
import { random } from '../../../random.ts';

// What the page does with samples, without a page: ad01 on a stream of one channel, windows of 640 samples, every 64.

const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
const recorded = new Float32Array(clip.bytes.buffer.slice(clip.bytes.byteOffset, clip.bytes.byteOffset + 4 * 3000));
let artifact: Uint8Array;

beforeAll(async () => {
  const faults = { missing: 'interpolate', bridge: 3, stuck: null, late: 'drop', rateTolerance: 0.1 } as const;
  const options = { model: openSource('test/models/ad01/ad01.h5'), data: clip, hop: 64, rateHz: 10, faults };
  ({ artifact } = await compile(options));
});

const wait = <T>(answer: () => T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(answer()), 1));

/** A model behind promises, each of which takes its time. */
function slowly(model: Model): AsyncModel {
  const info = { ...model.info, why: 'asked for', others: [], worker: false };
  return {
    info,
    size: model.size,
    values: model.values,
    latentSize: model.latentSize,
    threshold: model.threshold,
    get alarm() {
      return model.alarm;
    },
    settled: Promise.resolve(info),
    run: (window) => wait(() => model.run(window)),
    runBatch: (windows) => wait(() => model.runBatch(windows)),
    push: (sample) => wait(() => model.push(sample)),
    pushBatch: (samples) => wait(() => model.pushBatch(samples)),
    reset: () => wait(() => model.reset()),
    encode: (window) => wait(() => model.encode(window)),
    decode: (code) => wait(() => model.decode(code)),
    generate: (seed) => wait(() => model.generate(seed)),
    reconstruction: () => wait(() => model.reconstruction),
    errors: () => wait(() => model.errors),
    contributions: () => wait(() => model.contributions()),
    verify: () => wait(() => model.verify()),
    dispose: async () => model.dispose(),
  };
}

const open = async (): Promise<AsyncModel> => slowly(await loadBytes(artifact, 'ad01'));
const stream: Stream = { name: 'clip', axis: 'elapsed', positionOf: (sample) => sample, marks: [] };

/** Samples with gaps: some to be bridged, one too long for that, one longer than a window, and one that comes late. */
const samples = [...recorded].flatMap((value, i): (readonly [value: number, time: number])[] => {
  if (i > 2000 && i < 2700) return [];
  const missing = (i >= 700 && i < 702) || (i >= 1200 && i < 1210);
  return [[missing ? NaN : value, 100 + i / 10], ...(i === 900 ? [[value, 100] as const] : [])];
});

function failing(error: unknown): never {
  throw error;
}

async function monitorOf(): Promise<Monitor> {
  const monitor = new Monitor(await open(), await open(), failing);
  await monitor.begin(stream);
  return monitor;
}

/** Gives the samples in pieces of many sizes, as sources do, waiting now and then. */
async function play(monitor: Monitor, of: readonly (readonly [number, number])[]): Promise<void> {
  const next = random(5);
  for (let at = 0; at < of.length;) {
    const end = Math.min(of.length, at + 1 + (next() % 200));
    for (; at < end; at++) monitor.add([of[at]![0]], of[at]![1]);
    if (next() % 2 === 0) await monitor.drained();
  }
  await monitor.drained();
}

const historyOf = (monitor: Monitor) =>
  Array.from({ length: monitor.history.length }, (_, i) => monitor.history.at(i)).map(({ position, score, alarm }) => ({
    time: position,
    score,
    alarm,
  }));

test('a stream with faults has the scores that a Feed gives, whatever the pieces in which it comes', async () => {
  const feed = new Feed(await loadBytes(artifact, 'ad01'));
  const expected: Scored[] = [];
  for (const [value, time] of samples) expected.push(...feed.push([value], time));
  expected.push(...feed.end());
  const monitor = await monitorOf();
  await play(monitor, samples);
  await monitor.end();
  expect(expected.filter(({ score }) => score === null).length).toBeGreaterThan(5);
  expect(historyOf(monitor)).toEqual(expected);
  expect(monitor.faults).toEqual(feed.faults);
});

test('what is looked into is the newest window, with its own reconstruction', async () => {
  const monitor = await monitorOf();
  await play(
    monitor,
    [...recorded.subarray(0, 1500)].map((value, i) => [value, 100 + i / 10] as const),
  );
  await monitor.end();
  // Windows end at 640 + 64 n samples: the last one of 1,500 at 1,472.
  const model = await loadBytes(artifact, 'ad01');
  expect(monitor.detail!.window).toEqual(recorded.slice(1472 - 640, 1472));
  expect(monitor.detail!.score).toBe(model.run(monitor.detail!.window));
  expect(monitor.detail!.reconstruction).toEqual(model.reconstruction);
});

test('a new stream knows nothing of the one before, also if that is not scored yet', async () => {
  const monitor = await monitorOf();
  for (const value of recorded.subarray(0, 1000)) monitor.add([value], null);
  await monitor.begin({ ...stream, name: 'other' });
  expect([monitor.stream.name, monitor.history.total, monitor.samples, monitor.state.at]).toEqual(['other', 0, 0, 'waiting']);
  for (const value of recorded.subarray(1000, 1640)) monitor.add([value], null);
  await monitor.drained();
  expect(historyOf(monitor).map(({ score }) => score)).toEqual([
    (await loadBytes(artifact, 'ad01')).run(recorded.subarray(1000, 1640)),
  ]);
});

test('with another model scores go on once its window is full', async () => {
  const monitor = await monitorOf();
  for (const value of recorded.subarray(0, 700)) monitor.add([value], null);
  await monitor.drained();
  expect(monitor.history.total).toBe(1);
  await (await monitor.swap(await open())).dispose();
  for (const value of recorded.subarray(700, 1340)) monitor.add([value], null);
  await monitor.drained();
  expect(monitor.history.total).toBe(2);
  expect(monitor.history.at(1).score).toBe((await loadBytes(artifact, 'ad01')).run(recorded.subarray(700, 1340)));
});
