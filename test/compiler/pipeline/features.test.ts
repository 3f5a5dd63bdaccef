import { beforeAll, describe, expect, test } from 'vitest';
import { featureRows } from '../../../examples/gearbox/recordings.ts';
import { joinWindows, readWindows, type Windows } from '../../../compiler/calibrate/samples.ts';
import { compile, compileGraph } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { settle, type CompileOptions } from '../../../compiler/options.ts';
import { makeExtractor } from '../../../compiler/signal/extractor.ts';
import type { FeatureSpec } from '../../../compiler/signal/features.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { Layers } from '../layers-build.ts';

const model = openSource('examples/gearbox/model/model.json');
const columns = ['a1', 'a2', 'a3', 'a4'];

/** Raw windows of 300 samples of 4 channels in g, of the healthy gearbox. */
const windowsOf = (hop: number, loads: readonly number[]): Windows =>
  joinWindows(
    loads.map((load) => {
      const file = readNamed(`examples/gearbox/recordings/h30hz${load}.npy.gz`);
      const windows = readWindows(file, { size: 1200, hop });
      return { ...windows, columns, data: windows.data.map((value) => value * Math.fround(0.002)) };
    }),
  );

const features: readonly FeatureSpec[] = [
  { kind: 'sum-abs' },
  { kind: 'std', ddof: 1 },
  { kind: 'max' },
  { kind: 'kurtosis', bias: false },
];

describe.each(['simd', 'scalar'] as const)('the gearbox from raw samples, %s', (target) => {
  const hop = 100;
  const data = windowsOf(hop, [0, 20, 40]);
  let artifact: Model;
  beforeAll(async () => {
    const options: CompileOptions = { model, data, features, target, rateHz: 1000 };
    artifact = await loadBytes((await compile(options)).artifact, 'gearbox');
  });

  test('its manifest says what it reads', () => {
    const { input, features: made } = artifact.info.manifest;
    expect(input).toMatchObject({ size: 1200, samples: 300, channelCount: 4, hop, rateHz: 1000 });
    expect(input.channels?.map(({ name }) => name)).toEqual(columns);
    expect(made?.names.slice(3, 6)).toEqual(['sum-abs(a4)', 'std(a1)', 'std(a2)']);
    expect(made?.channelOf.slice(3, 6)).toEqual([3, 0, 1]);
    expect([artifact.size, artifact.values, artifact.errors.length, artifact.reconstruction.length]).toEqual([1200, 16, 16, 16]);
    expect(artifact.verify().mismatches).toEqual([]);
  });

  test('scores the windows as the artifact of the features does, up to the rounding of these', async () => {
    const rows = featureRows('healthy', 20, 'calibration', 300);
    const plain = await loadBytes(
      (await compile({ model, data: readNamed('examples/gearbox/normal.csv'), target })).artifact,
      'x',
    );
    const raw = windowsOf(300, [20]).data;
    // Two calibrations of about the same data: the scores agree as far as int8 does.
    const found = rows
      .slice(0, 60)
      .map((row, i) => [artifact.run(raw.subarray(1200 * i, 1200 * (i + 1))), plain.run(row)] as const);
    const mean = (at: 0 | 1): number => found.reduce((sum, pair) => sum + pair[at], 0) / found.length;
    expect(Math.abs(mean(0) / mean(1) - 1)).toBeLessThan(0.05);
  });

  test('sample by sample: the bits of whole windows', () => {
    const samples = windowsOf(300, [20]).data;
    const stream: number[] = [];
    for (let i = 0; i < 4 * 5000; i += 4) {
      const score = artifact.push(samples.subarray(i, i + 4));
      if (typeof score === 'number') stream.push(score);
      // What is scored in between changes nothing.
      if (i % 2000 === 0) artifact.run(samples.subarray(4000, 5200));
    }
    expect(stream).toEqual(Array.from({ length: 48 }, (_, i) => artifact.run(samples.subarray(4 * hop * i, 4 * hop * i + 1200))));
  });

  test('a gap, and the windows behind it', () => {
    const samples = windowsOf(300, [20]).data.slice(0, 4 * 2000);
    samples[4 * 700 + 1] = NaN;
    artifact.reset();
    const found: (number | 'invalid')[] = [];
    for (let i = 0; i < samples.length; i += 4) {
      const score = artifact.push(samples.subarray(i, i + 4));
      if (score !== 'waiting') found.push(score);
    }
    const expected = Array.from({ length: 18 }, (_, i) =>
      100 * i <= 700 && 100 * i + 300 > 700 ? 'invalid' : artifact.run(samples.subarray(400 * i, 400 * i + 1200)),
    );
    expect(found).toEqual(expected);
  });

  test('encode reads raw samples, decode gives features', () => {
    const window = windowsOf(300, [20]).data.subarray(0, 1200);
    artifact.run(window);
    const reconstruction = artifact.reconstruction;
    const decoded = artifact.decode(artifact.encode(window));
    expect(decoded).toEqual(reconstruction);
  });
});

test('spectra and log-mel frames too, with a scaling learnt from the data', async () => {
  const specs: readonly FeatureSpec[] = [
    { kind: 'log-mel', size: 128, hop: 50, mels: 8, channels: ['a1', 'a2'] },
    {
      kind: 'band-energy',
      bands: [
        [0, 100],
        [100, 500],
      ],
      taper: 'hann',
    },
    { kind: 'rms' },
  ];
  const data = windowsOf(50, [20]);
  const { names } = makeExtractor({ samples: 300, channels: columns, hop: 50, rateHz: 1000 }, specs, 'features');
  const layers = new Layers(5);
  const input = layers.builder.input('x', [1, names.length]);
  const graph = layers.finish(layers.apply(layers.dense(input, 20), 'relu'), names.length);
  const options = {
    model,
    data,
    features: specs,
    rateHz: 1000,
    scaling: { method: 'zscore', per: 'each' },
    allowPoorFit: true,
  } as const;
  const { artifact, manifest } = await compileGraph(graph, 'generated', settle(options));
  expect(manifest.scaling?.factor).toHaveLength(names.length);
  const loaded = await loadBytes(artifact, 'generated');
  expect(loaded.verify().mismatches).toEqual([]);
  const samples = windowsOf(300, [20]).data;
  const stream: number[] = [];
  for (let i = 0; i < 4 * 1500; i += 4) {
    const score = loaded.push(samples.subarray(i, i + 4));
    if (typeof score === 'number') stream.push(score);
  }
  expect(stream).toEqual(Array.from({ length: 25 }, (_, i) => loaded.run(samples.subarray(200 * i, 200 * i + 1200))));
});

test('features without a window are explained', async () => {
  const data = readNamed('examples/gearbox/recordings/h30hz20.npy.gz');
  await expect(compile({ model, data, features })).rejects.toThrow(
    'features: are of windows, and nobody says how long those are\n  Say how many samples a window has: --window 300',
  );
});
