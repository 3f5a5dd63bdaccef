import { beforeAll, describe, expect, test } from 'vitest';
import { compile, compileGraph } from '../../../compiler/compile.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import type { FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { settle, type CompileOptions } from '../../../compiler/options.ts';
import { quadraticForm } from '../../../compiler/score/quadratic.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { ad01Windows } from '../../data.ts';
import { Layers } from '../layers-build.ts';

const model = openSource('examples/gearbox/model/model.json');
const data = readNamed('examples/gearbox/normal.csv');
const broken = readWindows(readNamed('examples/gearbox/broken-test.csv'), { size: 16, hop: null }).data;
const gearbox = async (options: Partial<CompileOptions> = {}): Promise<Model> =>
  loadBytes((await compile({ model, data, score: 'latent', ...options })).artifact, 'gearbox');

/** The score from what encode gives and the manifest says. */
function fromCode(artifact: Model, window: Float32Array): number {
  const code = artifact.encode(window);
  const fitted = Float32Array.from(artifact.info.manifest.score.weights!);
  const inverse = fitted.subarray(code.length);
  return quadraticForm(code.length, inverse, (i) => code[i]! - fitted[i]!) / code.length;
}

describe('the gearbox by its latent code', () => {
  let artifact: Model;
  beforeAll(async () => {
    artifact = await gearbox();
  });

  test('the score is the distance of what encode gives', () => {
    for (let at = 0; at < 160; at += 16) {
      const window = broken.subarray(at, at + 16);
      // f32 against f64 over 12 x 12 products.
      expect(artifact.run(window) / fromCode(artifact, window)).toBeCloseTo(1, 5);
    }
  });

  test('normal codes score about 1, and the integer score is the float score within 0.3 %', () => {
    const { accuracy, score } = artifact.info.manifest;
    expect(accuracy.meanFloat).toBeGreaterThan(0.8);
    expect(accuracy.meanFloat).toBeLessThan(1.25);
    expect(accuracy.meanRelativeError).toBeLessThan(0.003);
    expect(score).toMatchObject({ code: 'hidden_2' });
    expect(artifact.verify().mismatches).toEqual([]);
  });

  test('errors say where the reconstruction fails: they are those of the mean squared error', async () => {
    const mse = await gearbox({ score: 'mse', weights: 'int8' });
    const window = broken.subarray(0, 16);
    artifact.run(window);
    mse.run(window);
    expect(artifact.errors).toEqual(mse.errors);
  });

  test('the same bits on the scalar target, and scoring leaves encode and decode as they are', async () => {
    const scalar = await gearbox({ target: 'scalar' });
    expect(scalar.runBatch(broken)).toEqual(artifact.runBatch(broken));
    const window = broken.subarray(0, 16);
    artifact.run(window);
    const reconstruction = artifact.reconstruction;
    expect(artifact.decode(artifact.encode(window))).toEqual(reconstruction);
  });
});

test('the code that --cut names: 128 values behind a ReLU, in the order of encode', async () => {
  const frames = ad01Windows();
  const windows = Float32Array.from(frames.flatMap((frame) => [...frame]));
  const { artifact, manifest } = await compile({
    model: openSource('test/models/ad01/ad01.h5'),
    data: { name: 'frames', data: windows, count: frames.length, size: 640, columns: null },
    score: 'latent',
    cut: 'dense_2',
  });
  expect(manifest).toMatchObject({ latent: 128, score: { code: 'dense_2', weights: null } });
  // Were the order another one than that of the float model, it would be far off.
  expect(manifest.accuracy.meanRelativeError).toBeLessThan(0.02);
  expect((await loadBytes(artifact, 'ad01')).verify().mismatches).toEqual([]);
});

/** Compiles real log mel frames with a model. */
function attempt(graph: FloatGraph, stateful = false) {
  const frames = Float32Array.from(ad01Windows().flatMap((frame) => [...frame.subarray(0, 320)].map((value) => value / 40)));
  const settled = settle({
    model: { name: 'model.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) },
    data: { name: 'frames', data: frames, count: 196, size: 320, columns: null },
    score: 'latent',
    stateful,
    allowPoorFit: true,
  });
  return compileGraph(graph, 'generated', settled);
}

describe('refused with a reason', () => {
  test('a model without a hidden layer', async () => {
    const l = new Layers(3);
    await expect(attempt(l.finish(l.builder.input('x', [1, 320]), 320))).rejects.toThrow(
      'model.h5: has no latent code that a score could look at: no hidden value is one through which everything passes\n  Take a score of the reconstruction',
    );
  });

  test('a code that is too wide', async () => {
    const l = new Layers(3);
    await expect(attempt(l.finish(l.apply(l.dense(l.builder.input('x', [1, 320]), 300), 'relu'), 320))).rejects.toThrow(
      'model.h5: --score latent keeps a matrix of code values x code values, for at most 256; the latent code has 300\n  Name a narrower value with --cut',
    );
  });

  test('a model that is read step by step', async () => {
    const l = new Layers(3);
    const x = l.builder.input('x', [1, 10, 320]);
    const states = l.recurrent(x, 8, { cell: 'gru', reverse: false, output: 'sequence', resetAfter: true });
    await expect(attempt(l.builder.finish([l.dense(states, 320)]), true)).rejects.toThrow(
      'model.h5: has no latent code that a score could look at: a model that is read step by step has no code of a whole window',
    );
  });
});
