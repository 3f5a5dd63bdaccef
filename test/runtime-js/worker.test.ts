import { beforeAll, describe, expect, test } from 'vitest';
import { loadInWorker } from '../../runtime-js/worker/client.ts';
import { serve } from '../../runtime-js/worker/host.ts';
import type { AsyncModel } from '../../runtime-js/async-model.ts';
import { load, loadSync } from '../../runtime-js/node.ts';
import { gearbox } from './artifact.ts';

// Host and client over a real message channel, in one thread. Real workers: test/browsers/engines.test.ts.

function workerHere(): Worker {
  const { port1, port2 } = new MessageChannel();
  serve(port2);
  port1.start();
  port2.start();
  return Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker;
}

const artifact = await gearbox();
const open = (source = artifact): Promise<AsyncModel> => loadInWorker(source, { worker: workerHere });
const here = loadSync(artifact);
const windows = Float32Array.from({ length: 10 * 16 }, (_, i) => ((i * 37) % 101) / 10);
const window = windows.slice(0, 16);

describe('a model in a worker', () => {
  let model: AsyncModel;
  beforeAll(async () => {
    model = await open();
    return () => model.dispose();
  });

  test('says of itself what the model says, and where it is', async () => {
    expect(model.info).toEqual({ ...here.info, why: 'wasm was asked for', others: [], worker: true });
    expect([model.size, model.values, model.latentSize, model.threshold]).toEqual([16, 16, here.latentSize, here.threshold]);
    expect(await model.settled).toEqual(model.info);
  });

  test('gives the same as the model, whatever is called', async () => {
    expect(await model.run(window)).toBe(here.run(window));
    expect(model.alarm).toBe(here.alarm);
    expect(await model.reconstruction()).toEqual(here.reconstruction);
    expect(await model.errors()).toEqual(here.errors);
    expect(await model.contributions()).toEqual(here.contributions());
    expect(await model.runBatch(windows)).toEqual(here.runBatch(windows));
    const code = await model.encode(window);
    expect(code).toEqual(here.encode(window));
    expect(await model.decode(code)).toEqual(here.decode(code));
    await model.reset();
    here.reset();
    expect(await model.push(window)).toEqual(here.push(window));
    expect(await model.pushBatch(windows)).toEqual(here.pushBatch(windows));
    expect(await model.verify()).toEqual({ windows: here.verify().windows, mismatches: [] });
  });

  test('answers calls in the order in which they were made, without waiting for one another', async () => {
    const order: number[] = [];
    const scores = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const score = await model.run(windows.subarray(i * 16, (i + 1) * 16));
        order.push(i);
        return score;
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Float32Array.from(scores)).toEqual(here.runBatch(windows));
  });

  test('takes what is no typed array', async () => {
    expect(await model.run([...window])).toBe(here.run(window));
  });

  test('leaves the array of the caller as it is, and takes it with transfer', async () => {
    const given = windows.slice();
    await model.runBatch(given);
    await model.pushBatch(given);
    expect(given).toEqual(windows);
    await model.runBatch(given, { transfer: true });
    expect(given.length).toBe(0);
    await expect(model.runBatch(given, { transfer: true })).rejects.toThrow(/detached|transfer/i);
    // That call had no answer to wait for: the next one is not taken for it.
    expect(await model.run(window)).toBe(here.run(window));
  });

  test('refuses as the model does, with the same class and words', async () => {
    const short = await model.run([1, 2]).catch((error: unknown) => error);
    expect(short).toBeInstanceOf(RangeError);
    expect(short).toHaveProperty('message', 'artifact: a window has 16 values, found 2');
    const generated = await model.generate(1).catch((error: unknown) => error);
    expect(generated).toMatchObject({
      name: 'ArtifactError',
      where: 'artifact',
      what: 'cannot generate: its model is no variational autoencoder',
      hint: 'Use decode with a code that encode gave.',
    });
    expect(await model.run(window)).toBe(here.run(window));
  });
});

test('alarm is of the last score that was answered', async () => {
  const model = await open();
  const far = window.map((value) => value + 1000);
  expect([model.alarm, (await model.run(far)) > model.threshold, model.alarm]).toEqual([false, true, true]);
  await model.run(new Float32Array(window));
  expect(model.alarm).toBe((here.run(window), here.alarm));
  await model.dispose();
});

test('a damaged artifact is refused as without a worker', async () => {
  const damaged = artifact.slice();
  damaged[200]! ^= 4;
  const error = await open(damaged).catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    name: 'ArtifactError',
    where: 'artifact',
    what: expect.stringContaining('is corrupted: checksum'),
  });
});

test('the bytes of the caller stay', async () => {
  const bytes = artifact.slice();
  await (await open(bytes)).dispose();
  expect(bytes).toEqual(artifact);
});

test('after dispose, what is unanswered and what is asked rejects', async () => {
  const model = await open();
  const unanswered = model.run(window);
  const both = Promise.allSettled([unanswered, model.dispose()]);
  const message = 'artifact: the model was disposed of';
  expect((await both)[0]).toMatchObject({ status: 'rejected', reason: { message } });
  await expect(model.run(window)).rejects.toThrow(message);
});

function refused(): Worker {
  throw new Error('SecurityError');
}

test('a worker that cannot be made, and a back end that it has not, say so', async () => {
  await expect(loadInWorker(artifact, { worker: refused })).rejects.toThrow(
    /^artifact: its worker does not start: Error: SecurityError\n {2}Serve worker\.js/,
  );
  await expect(loadInWorker(artifact, { worker: workerHere, backend: 'webgpu' })).rejects.toThrow(
    'artifact: cannot run on webgpu: this host has no WebGPU (navigator.gpu)',
  );
});

test('in Node, worker: true says what to do instead', async () => {
  await expect(load('pump.wasm', { worker: true })).rejects.toThrow(
    'pump.wasm: cannot be loaded with `worker`: Node has no Web Workers\n  Load it without the option',
  );
});
