import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { analyse } from '../../../compiler/analyse.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import type { CompileOptions } from '../../../compiler/options.ts';
import { loadBytes } from '../../../runtime-js/model.ts';
import { missing, sharedData } from '../../data.ts';
import { chain, saved, trained } from '../read/layers-models.ts';
import { analysed, clip, images } from './report.ts';

const gearbox = openSource('examples/gearbox/model/model.json');
const normal = readNamed('examples/gearbox/normal.csv');
const ad01 = openSource('test/models/ad01/ad01.h5');

/** Raw samples of the gearbox, four channels, with what makes the model's features of them. */
const pipeline: Omit<CompileOptions, 'model'> = {
  data: {
    ...readWindows(readNamed('examples/gearbox/recordings/h30hz0.npy.gz'), { size: 1200, hop: 100 }),
    columns: ['a1', 'a2', 'a3', 'a4'],
  },
  features: [{ kind: 'sum-abs' }, { kind: 'std', ddof: 1 }, { kind: 'max' }, { kind: 'kurtosis' }],
  rateHz: 1000,
  scaling: { method: 'minmax', per: 'each', range: [-1, 1] },
  allowPoorFit: true,
};

/** Options of which each must be found again in the manifest. */
const cases: Readonly<Record<string, CompileOptions>> = {
  'precision, observer, score and threshold': {
    model: gearbox,
    data: normal,
    observer: 'percentile',
    percentile: 99.9,
    score: 'weighted',
    threshold: 'conformal:0.02',
    activations: 'int8',
  },
  'a fixed threshold, alarms, a name, a batch, a target': {
    model: gearbox,
    data: normal,
    threshold: '0.2',
    alarm: { raise: 3, clear: 2, clearBelow: 0.85 },
    name: 'number 7',
    batch: 5,
    target: 'scalar',
    space: 'raw',
    allowPoorFit: true,
  },
  'a cut': { model: ad01, data: clip(), cut: 'dense_2' },
  'windows that overlap, of a file': {
    model: ad01,
    data: readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin'),
    hop: 256,
  },
  'features and a scaling': { model: gearbox, ...pipeline },
  'an int8 model': {
    model: openSource('test/models/ad01/ad01_int8.tflite'),
    data: clip(),
    requantize: 'tflite',
    allowPoorFit: true,
  },
};

test.each(Object.entries(cases))('%s: compiled again from its manifest, an artifact is the same bytes', async (_, options) => {
  const { analysis } = await analysed(options);
  expect(analysis.provenance!.differences).toEqual([]);
  expect(analysis.layers!.length).toBeGreaterThan(4);
});

test('a model that goes step by step: so is it, and the report says why it shows no bottleneck', async () => {
  await tf.setBackend('cpu');
  const model = chain(
    tf.layers.lstm({ inputShape: [10, 4], units: 8, returnSequences: true }),
    tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 4 }) }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-report-'));
  const { json, weights } = await saved(trained(model));
  writeFileSync(join(folder, 'model.json'), json);
  writeFileSync(join(folder, 'weights.bin'), weights);
  const rows = clip();
  const steps = Float32Array.from({ length: 196 * 4 }, (_, i) => rows.data[Math.floor(i / 4) * 640 + 20 * (i % 4)]! / 20 + 1.5);
  const data = { name: 'frames', data: steps, count: 196, size: 4, columns: null, sequence: 28 };
  const source = openSource(join(folder, 'model.json'));
  const { analysis, model: loaded } = await analysed({ model: source, data, stateful: true, allowPoorFit: true }, [data]);
  expect(analysis.provenance).toMatchObject({ differences: [] });
  expect(analysis.latent).toBeNull();
  // Steps that were not reset, or not run from the first one on, would be far from the float model.
  for (const { heldOut, tests } of analysis.layers!) {
    expect(heldOut.decibels).toBeGreaterThan(35);
    expect(tests[0]!.decibels).toBeGreaterThan(35);
  }
  expect(analysis.scores.tests[0]!.accuracy!.meanRelativeError).toBeLessThan(0.01);
  loaded.dispose();
});

describe('two files', () => {
  const path = 'espace_latent/encoder/model.json';
  const sources = () => ({
    model: openSource(join(sharedData, path)),
    decoder: openSource(join(sharedData, 'espace_latent/decoder/model.json')),
  });

  test.skipIf(missing(path) !== null)(
    'are told by the manifest, and asked for',
    async () => {
      const options = { ...sources(), data: images(60), allowPoorFit: true };
      const { analysis, artifact } = await analysed(options);
      expect(analysis.provenance!.differences).toEqual([]);
      expect(analysis.manifest.asked?.decoder?.file).toBe('model.json');
      const alone = analyse({
        artifact: { name: 'two.wasm', bytes: artifact },
        loaded: await loadBytes(artifact, 'two.wasm'),
        origin: { model: options.model, decoder: null, data: options.data },
        tests: [],
        onProgress: () => {},
      });
      await expect(alone).rejects.toThrow(/^two.wasm: was compiled from two files, model.json and model.json\n/);
    },
    120_000,
  );
});

/** What is said of the gearbox's artifact beside a model and data. */
async function ofGearbox(origin: Pick<CompileOptions, 'model' | 'data'>) {
  const { artifact: bytes } = await compile({ model: gearbox, data: normal });
  const loaded = await loadBytes(bytes, 'g.wasm');
  const options = { artifact: { name: 'g.wasm', bytes }, loaded, tests: [], onProgress: () => {} };
  return analyse({ ...options, origin: { ...origin, decoder: null } });
}

describe('another model, other data, another name', () => {
  test('another model is refused by its sha256', async () => {
    await expect(ofGearbox({ model: ad01, data: normal })).rejects.toThrow(
      /^test\/models\/ad01\/ad01\.h5: is not the model of g\.wasm: its sha256 is 651a62de1b7f\.\.\., that of model\.json was [\da-f]{12}\.\.\.\n {2}Give the model\.json that the artifact was compiled from, or compile this one\.$/,
    );
  });

  test('other data does not give the file: the report says in what they differ, and goes on', async () => {
    const { provenance, verdict, scores } = await ofGearbox({
      model: gearbox,
      data: readNamed('examples/gearbox/healthy-test.csv'),
    });
    expect(provenance!.differences[0]).toBe('windows behind the threshold (3955 in the artifact, 480 compiled again)');
    expect(provenance!.differences.at(-1)).toBe('the bytes of its code and weights');
    expect(verdict.state).toBe('look');
    expect(scores.accuracy.windows).toBe(90);
  });

  test('a model file under another name is the same model', async () => {
    const { provenance } = await ofGearbox({ model: { ...gearbox, name: '/tmp/renamed.json' }, data: normal });
    expect(provenance!.differences).toEqual([]);
  });
});

test('without model and data there is what the artifact itself tells', async () => {
  const { artifact: bytes, manifest } = await compile({ model: gearbox, data: normal });
  const loaded = await loadBytes(bytes, 'g.wasm');
  const analysis = await analyse({ artifact: { name: 'g.wasm', bytes }, loaded, origin: null, tests: [], onProgress: () => {} });
  expect(analysis).toMatchObject({ provenance: null, layers: null, latent: null, memory: { arena: null } });
  expect(analysis.scores).toMatchObject({ accuracy: manifest.accuracy, pairs: null, histogram: null });
  expect(analysis.checks.filter(({ state }) => state === 'unknown').map(({ advice }) => advice)).toEqual([
    '--model model.json --data normal.csv show whether they give this file, and where the error of the integers comes from, layer by layer.',
  ]);
});
