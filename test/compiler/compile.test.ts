import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, type CompileResult } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import type { Windows } from '../../compiler/calibrate/samples.ts';
import type { CompileOptions } from '../../compiler/options.ts';
import { readArtifact } from '../../runtime-js/artifact/read.ts';
import { customSection, readSections, sectionNames } from '../../runtime-js/artifact/sections.ts';
import { readGraph } from '../../runtime-js/graph/read.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { digits } from '../../examples/digits/digits.ts';
import { ad01Windows } from '../data.ts';
import { runPlainly } from '../runtime-js/graph/run-plainly.ts';

const clip = 'test/models/ad01/normal_id_01_00000000_hist_librosa.bin';

const handwritten = digits().slice(900);
/** Images that the convolutional autoencoder was not trained with. */
const images: Windows = {
  name: 'digits',
  data: Float32Array.from(handwritten.flatMap((image) => [...image])),
  count: handwritten.length,
  size: 784,
  columns: null,
};

/** Real models with real data: what each compiles to is under diff. */
const models: Readonly<Record<string, { model: string; data: string | Windows; options?: Partial<CompileOptions> }>> = {
  'ad01-keras': { model: 'test/models/ad01/ad01.h5', data: clip, options: { hop: 128 } },
  'ad01-tflite': { model: 'test/models/ad01/ad01_fp32.tflite', data: clip, options: { hop: 128 } },
  'ad01-onnx-scalar': { model: 'test/models/ad01/peers/ad01_fp32.onnx', data: clip, options: { hop: 128, target: 'scalar' } },
  gearbox: { model: 'examples/gearbox/model/model.json', data: 'examples/gearbox/normal.csv' },
  digits: { model: 'examples/digits/model/model.json', data: images },
  'gearbox-mae-percentile': {
    model: 'examples/gearbox/model/model.json',
    data: 'examples/gearbox/normal.csv',
    options: { score: 'mae', observer: 'percentile', space: 'raw', allowPoorFit: true },
  },
  'gearbox-mahalanobis': {
    model: 'examples/gearbox/model/model.json',
    data: 'examples/gearbox/normal.csv',
    options: { score: 'mahalanobis' },
  },
  'gearbox-latent-scalar': {
    model: 'examples/gearbox/model/model.json',
    data: 'examples/gearbox/normal.csv',
    options: { score: 'latent', target: 'scalar' },
  },
};

const compileNamed = (name: string, more: Partial<CompileOptions> = {}): Promise<CompileResult> => {
  const { model, data, options } = models[name]!;
  return compile({
    model: openSource(model),
    data: typeof data === 'string' ? readNamed(data) : data,
    ...options,
    ...more,
  });
};

const known = new Map<string, Promise<CompileResult>>();

/** The same once for all tests that only look at it. */
function compiledOnce(name: string): Promise<CompileResult> {
  const result = known.get(name) ?? compileNamed(name);
  known.set(name, result);
  return result;
}

describe.each(Object.keys(models))('%s', (name) => {
  test('emitted source and artifact are as recorded, and the same when compiled again', async () => {
    const first = await compiledOnce(name);
    const second = await compileNamed(name);
    expect(second.artifact).toEqual(first.artifact);
    await expect(first.source).toMatchFileSnapshot(`../golden/${name}.as`);
    await expect(`${createHash('sha256').update(first.artifact).digest('hex')}\n`).toMatchFileSnapshot(
      `../golden/${name}.sha256`,
    );
  });

  test('the golden vectors give the same bits through the loader', async () => {
    const { artifact } = await compiledOnce(name);
    const { windows, mismatches } = (await loadBytes(artifact, name)).verify();
    expect(mismatches).toEqual([]);
    expect(windows).toBeGreaterThan(1);
  });

  test('its graph, with the weights of the data segment, is the model', async () => {
    const { artifact, manifest } = await compiledOnce(name);
    const { sections, golden } = readArtifact(artifact, name);
    const graph = await readGraph(sections, manifest.target, name);
    const model = await loadBytes(artifact, name);
    const window = golden()!.inputs.subarray(0, model.size);
    model.run(window);
    expect(runPlainly(graph, window)[graph.output]).toEqual(model.reconstruction);
    expect(graph.score.function).toBe(manifest.score.function);
  });
});

describe('ad01', () => {
  test.each(['ad01-keras', 'ad01-tflite'])(
    '%s: with int8 weights the score is within 0.3 % of the float score on the recorded clip, in the same order',
    async (name) => {
      const { manifest } = await compiledOnce(name);
      expect(manifest.accuracy.windows).toBeGreaterThan(30);
      expect(manifest.quantization.weights).toBe('int8 per channel');
      expect(manifest.accuracy.meanRelativeError).toBeLessThan(0.003);
      expect(manifest.accuracy.rankCorrelation).toBeGreaterThan(0.99);
    },
  );

  test('the artifact is weights, bias and scales, at most 4 KB of code, 4 KB of manifest, 1 KB of graph, and golden vectors', async () => {
    const { artifact, manifest } = await compiledOnce('ad01-keras');
    const sections = readSections(artifact, 'ad01');
    const bytesOf = (section: keyof typeof sectionNames): number =>
      customSection(sections, sectionNames[section])!.content.length;
    const [manifestBytes, graphBytes, goldenBytes] = [bytesOf('manifest'), bytesOf('graph'), bytesOf('golden')];
    // 264,192 weights; 1,672 outputs with i32 bias and f32 multiplier.
    const parameters = 264_192 + 1_672 * 8;
    expect(manifest.sizes.code).toBeLessThanOrEqual(4096);
    expect(manifestBytes).toBeLessThanOrEqual(4096);
    expect(graphBytes).toBeLessThanOrEqual(1024);
    expect(artifact.length - goldenBytes - graphBytes - manifestBytes).toBeLessThanOrEqual(parameters + 4096);
  });

  test('cut: the latent code is what the named node makes; a name that does not fit is answered with those that do', async () => {
    const { artifact } = await compileNamed('ad01-keras', { cut: 'dense_2' });
    expect((await loadBytes(artifact, 'cut')).encode(ad01Windows()[0]!)).toHaveLength(128);
    await expect(compileNamed('ad01-keras', { cut: 'dense_77' })).rejects.toThrow(
      /^--cut dense_77: the model cannot be cut there: .*\n  It can be cut after dense, dense_1, .*dense_8\.$/,
    );
  });

  test('simd and scalar give the same bits on all recorded windows', async () => {
    const simd = await loadBytes((await compiledOnce('ad01-keras')).artifact, 'simd');
    const scalar = await loadBytes((await compileNamed('ad01-keras', { target: 'scalar' })).artifact, 'scalar');
    const windows = ad01Windows();
    expect(windows.map((window) => simd.run(window))).toEqual(windows.map((window) => scalar.run(window)));
    expect(simd.threshold).toBe(scalar.threshold);
  });

  test('the threshold is the quantile of the scores of the artifact itself', async () => {
    const { artifact } = await compileNamed('ad01-keras', { threshold: 'quantile:0.9' });
    const model = await loadBytes(artifact, 'ad01');
    const above = ad01Windows().filter((window) => model.run(window) > model.threshold);
    expect(above).toHaveLength(20);
  });
});

test.each(['gearbox', 'digits'])(
  'int16 weights of %s: less than half of the noise of int8, the same bits on both targets',
  async (name) => {
    const narrow = await compileNamed(name, { activations: 'int16', weights: 'int8' });
    const wide = await compileNamed(name, { activations: 'int16', weights: 'int16' });
    expect(wide.manifest.quantization.weights).toBe('int16 per channel');
    expect(wide.manifest.accuracy.decibels).toBeGreaterThan(narrow.manifest.accuracy.decibels + 6);
    const [simd, scalar] = [
      await loadBytes(wide.artifact, name),
      await loadBytes((await compileNamed(name, { activations: 'int16', weights: 'int16', target: 'scalar' })).artifact, name),
    ];
    for (let i = 0; i < 5; i++) {
      const window = Float32Array.from({ length: simd.size }, (_, at) => ((at * 37 + i * 11) % 97) / 97);
      expect(simd.run(window)).toBe(scalar.run(window));
    }
  },
);

test('the error that is allowed is kept, with as little precision as it takes, or refused', async () => {
  const loose = await compileNamed('gearbox', { maxError: 0.01 });
  expect(loose.manifest.quantization).toMatchObject({ weights: 'int8 per channel', activations: 'int16 per tensor' });
  const strict = await compileNamed('gearbox', { maxError: 0.003 });
  expect(strict.manifest.quantization.weights).toBe('int16 per channel');
  expect(strict.manifest.accuracy.meanRelativeError).toBeLessThanOrEqual(0.003);
  await expect(compileNamed('gearbox', { maxError: 1e-6 })).rejects.toThrow(
    /model\.json: the integer score differs from the float score by 0\.\d+ % on average at best \(weights int16, activations int16\); at most 0\.0001 % was asked for/,
  );
});

test('a batch gives the same bits as its windows one by one', async () => {
  const model = await loadBytes((await compileNamed('ad01-keras', { batch: 7 })).artifact, 'ad01');
  const windows = ad01Windows();
  const all = new Float32Array(windows.flatMap((window) => [...window]));
  expect(model.runBatch(all)).toEqual(Float32Array.from(windows, (window) => model.run(window)));
});

test('decoding the latent code of a window gives its reconstruction', async () => {
  const model = await loadBytes((await compiledOnce('ad01-keras')).artifact, 'ad01');
  for (const window of ad01Windows().slice(0, 20)) {
    model.run(window);
    const { reconstruction } = model;
    const code = model.encode(window);
    expect(code).toHaveLength(8);
    expect(model.decode(code)).toEqual(reconstruction);
  }
});

test('the errors add up to the score', async () => {
  const model = await loadBytes((await compiledOnce('ad01-keras')).artifact, 'ad01');
  const score = model.run(ad01Windows()[0]!);
  const mean = model.errors.reduce((sum, error) => sum + error, 0) / model.size;
  expect(mean).toBeCloseTo(score, 4);
});

test('a model that scales its own input is compared in that space, and reconstructs in the units of the sensors', async () => {
  const { artifact, manifest } = await compiledOnce('gearbox');
  expect(manifest.score.space).toBe('normalised');
  const model = await loadBytes(artifact, 'gearbox');
  const row = readFileSync('examples/gearbox/normal.csv', 'utf8').split('\n')[1]!.split(',').map(Number);
  model.run(row);
  // The first feature is a sum of 300 absolute values, in the hundreds; its reconstruction must be too.
  expect(row[0]!).toBeGreaterThan(100);
  expect(Math.abs(model.reconstruction[0]! / row[0]! - 1)).toBeLessThan(0.3);
});

test('the manifest says that a window is a picture, and of sensors it does not', async () => {
  const [pictures, sensors] = [await compiledOnce('digits'), await compiledOnce('gearbox')];
  expect(pictures.manifest.input.image).toEqual({ height: 28, width: 28, channels: 1, channelsFirst: false });
  expect(sensors.manifest.input.image).toBeUndefined();
});
