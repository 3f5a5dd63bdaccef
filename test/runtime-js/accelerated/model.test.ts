import { beforeAll, expect, test, vi } from 'vitest';
import { rememberedHere } from '../../../runtime-js/accelerated/decisions.ts';
import { loadAccelerated } from '../../../runtime-js/accelerated/load.ts';
import type { AsyncModel } from '../../../runtime-js/async-model.ts';
import { loadBytesSync, type Model } from '../../../runtime-js/model.ts';
import { readNamed } from '../../../compiler/files.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { gearbox } from '../artifact.ts';
import { StandIn } from './stand-in.ts';

const alarm = { raise: 3, clear: 2, clearBelow: 0.9 };
const read = (name: string) => readWindows(readNamed(`examples/gearbox/${name}-test.csv`), { size: 16, hop: null });
const [healthy, broken] = [read('healthy'), read('broken')];
const { size } = healthy;
/** A gearbox that breaks after 30 windows, and is mended after another 30. */
const recorded = Float32Array.from([healthy, broken, healthy].flatMap(({ data }) => [...data.subarray(0, 30 * size)]));

let artifact: Uint8Array;
let wasm: Model;
beforeAll(async () => {
  artifact = await gearbox({ alarm, threshold: 'quantile:0.9' });
  wasm = loadBytesSync(artifact, 'wasm');
});

const load = (device: StandIn): Promise<AsyncModel> =>
  loadAccelerated(
    artifact,
    'pump.wasm',
    { backend: 'webgpu' },
    { sources: [device], decisions: rememberedHere(), engine: 'test' },
  );

const windows = (first: number, count: number): Float32Array => recorded.slice(first * size, (first + count) * size);

test('scores, alarms, errors and reconstruction are those of the model', async () => {
  const model = await load(new StandIn(artifact));
  const alarms: boolean[] = [];
  const expected: boolean[] = [];
  wasm.reset();
  for (let first = 0; first < 84; first += 7) {
    expect(await model.runBatch(windows(first, 7))).toEqual(wasm.runBatch(windows(first, 7)));
    alarms.push(model.alarm);
    expected.push(wasm.alarm);
  }
  expect(alarms).toEqual(expected);
  expect(new Set(alarms).size).toBe(2);
  const window = windows(3, 1);
  expect(await model.run(window)).toBe(wasm.run(window));
  expect(await model.errors()).toEqual(wasm.errors);
  expect(await model.reconstruction()).toEqual(wasm.reconstruction);
  expect(await model.contributions()).toEqual(wasm.contributions());
  expect(await model.verify()).toEqual({ windows: 8, mismatches: [] });
  expect(await model.encode(window)).toEqual(wasm.encode(window));
});

test('calls are answered in the order in which they were made, with the windows as they were then', async () => {
  const model = await load(new StandIn(artifact, { delay: 5 }));
  const window = windows(0, 1);
  const expected = [wasm.run(window), wasm.run(windows(1, 1))];
  const first = model.run(window);
  window.set(windows(1, 1));
  const order: string[] = [];
  void first.then(() => order.push('run'));
  const pushed = model.push(window).then((score) => (order.push('push'), score));
  expect([await first, await pushed]).toEqual(expected);
  expect(order).toEqual(['run', 'push']);
});

test('a device that is lost costs no score: the batch in flight is scored by wasm, and the device is opened again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const device = new StandIn(artifact);
    const model = await load(device);
    const answers = [0, 5, 10].map((first) => model.runBatch(windows(first, 5)));
    device.lose('the GPU process crashed');
    expect(await Promise.all(answers)).toEqual([0, 5, 10].map((first) => wasm.runBatch(windows(first, 5))));
    expect(model.info).toMatchObject({ backend: 'wasm', why: 'webgpu was lost: the GPU process crashed' });
    expect(model.info.others).toEqual([{ backend: 'webgpu', why: 'lost; asked for again 1 s later' }]);
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitFor(() => expect(model.info.backend).toBe('webgpu'));
    expect(model.info.why).toContain('; lost (the GPU process crashed) and opened again');
    expect(device.opened).toBe(2);
    expect(await model.runBatch(windows(0, 5))).toEqual(wasm.runBatch(windows(0, 5)));
  } finally {
    vi.useRealTimers();
  }
});

test('a device that does not come back is asked for four times, each after twice the time, and then left alone', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const device = new StandIn(artifact);
    const model = await load(device);
    const open = vi.spyOn(device, 'open').mockRejectedValue(new Error('there is no adapter'));
    device.lose('unplugged');
    for (const wait of [1, 2, 4, 8]) {
      await vi.waitFor(() => expect(model.info.others[0]!.why).toBe(`lost; asked for again ${wait} s later`));
      await vi.advanceTimersByTimeAsync(1000 * wait);
    }
    await vi.waitFor(() => expect(model.info.others[0]!.why).toBe('lost, and not to be had again: there is no adapter'));
    expect(open).toHaveBeenCalledTimes(4);
    expect(await model.runBatch(windows(0, 5))).toEqual(wasm.runBatch(windows(0, 5)));
  } finally {
    vi.useRealTimers();
  }
});

test('what is wrong with a window is said as Model says it', async () => {
  const model = await load(new StandIn(artifact));
  await expect(model.run([1, 2])).rejects.toThrow(new RangeError('pump.wasm: a window has 16 values, found 2'));
  const bad = windows(0, 2);
  bad[size + 3] = NaN;
  await expect(model.runBatch(bad)).rejects.toThrow(/^pump\.wasm: window 1, value 3 is NaN, which gives no finite score/);
  expect(await model.runBatch(new Float32Array())).toEqual(new Float32Array());
});

test('a model that was disposed of lets go of the device and says so', async () => {
  const device = new StandIn(artifact);
  const model = await load(device);
  await model.dispose();
  expect(device.disposed).toBe(1);
  await expect(model.run(windows(0, 1))).rejects.toThrow('pump.wasm: the model was disposed of');
});
