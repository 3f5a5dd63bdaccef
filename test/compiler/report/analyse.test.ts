import { beforeAll, describe, expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { inspect } from '../../../compiler/inspect.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';
import type { Histogram, LayerReport } from '../../../compiler/report/analysis.ts';
import { ad01Windows } from '../../data.ts';
import { analysed, clip, decibelsOf, heldOutOf, images, type Analysed } from './report.ts';

const ad01 = openSource('test/models/ad01/ad01.h5');
const gearbox = openSource('examples/gearbox/model/model.json');
const normal = readNamed('examples/gearbox/normal.csv');

const sumOf = (counts: readonly number[]): number => counts.reduce((all, n) => all + n, 0);
const total = ({ counts, below, above }: Histogram): number => sumOf(counts) + below + above;

/** Beyond any headroom. */
const loud = 40;

describe('ad01', () => {
  let found: Analysed;
  let layers: readonly LayerReport[];
  let graph: FloatGraph;
  /** The windows that were held out, of 196. */
  const heldOut = heldOutOf(196).map((i) => ad01Windows()[i]!);

  beforeAll(async () => {
    found = await analysed({ model: ad01, data: clip() }, [{ ...clip(), name: 'loud', data: clip().data.map((x) => loud * x) }]);
    layers = found.analysis.layers!;
    ({ graph } = await readModel(ad01));
  });

  /** What the float model gives at a node, by its name in the file. */
  const floatAt = (node: string): Float32Array[] => {
    const { output } = graph.nodes.find(({ name }) => name === node)!;
    const [id] = graph.inputs;
    return heldOut.map((data) => evaluate(graph, [{ shape: graph.values.get(id!)!.type.shape, data }]).get(output)!.data);
  };

  test('model and data give the same bytes again', () => {
    expect(found.analysis.provenance).toMatchObject({ data: 'clip', differences: [], windows: 38, tests: ['loud'] });
  });

  test('the last tensor stands as far above its noise as the reconstructions that the module gives', () => {
    const reconstructions = heldOut.map((window) => {
      found.model.run(window);
      return found.model.reconstruction;
    });
    const last = layers.at(-1)!;
    expect(last).toMatchObject({ format: 'f32', weights: 'int8', scale: null });
    // The graph of the file rounds to f32 between a layer's sums and its bias, the simplified one does not: 1e-5 dB.
    expect(last.heldOut.decibels).toBeCloseTo(decibelsOf(floatAt('dense_9'), reconstructions), 4);
    expect(last.heldOut.decibels).toBeCloseTo(found.analysis.manifest.accuracy.decibels, 6);
  });

  test('so does the bottleneck, by the codes that encode gives; their variances are what is said of its units', () => {
    const codes = heldOut.map((window) => found.model.encode(window));
    const bottleneck = layers.find(({ what }) => what === 'dense 128 -> 8 relu')!;
    expect(bottleneck.heldOut.decibels).toBeCloseTo(decibelsOf(floatAt('activation_4'), codes), 4);
    const { size, dead, variances } = found.analysis.latent!;
    expect([size, dead]).toEqual([8, 0]);
    variances.forEach((variance, unit) => {
      const values = codes.map((code) => code[unit]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(variance).toBeCloseTo(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length, 6);
    });
  });

  test('hidden units that were sorted are compared with those that they were', () => {
    // Beside the units of another place the noise would be as large as the signal: 0 dB.
    for (const { heldOut: of } of layers) expect(of.decibels).toBeGreaterThan(25);
  });

  test('multiply-adds are those of the dense layers', () => {
    const wide = 128 * 128;
    const expected = [0, 640 * 128, wide, wide, wide, 128 * 8, 8 * 128, wide, wide, wide, 128 * 640];
    expect(layers.map(({ multiplyAdds }) => multiplyAdds)).toEqual(expected);
  });

  test('constants are weights, i32 bias and f32 multipliers; all parts of the file sum to its size', () => {
    const outputs = [0, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
    expect(layers.map(({ weightBytes }) => weightBytes)).toEqual(
      layers.map(({ multiplyAdds }, i) => multiplyAdds + 8 * outputs[i]!),
    );
    const { bytes, artifact } = found.analysis;
    expect(bytes.reduce((sum, { bytes: size }) => sum + size, 0)).toBe(found.artifact.length);
    expect(artifact.bytes).toBe(found.artifact.length);
    expect(bytes.find(({ part }) => part === 'weights')!.bytes).toBeGreaterThan(277_000);
  });

  test('each histogram holds all values of the held-out windows', () => {
    const sizes = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
    expect(layers.map(({ heldOut: of }) => total(of.histogram))).toEqual(sizes.map((size) => 38 * size));
  });

  test('of data forty times as loud, as much of the input is clipped as lies beyond its int16', () => {
    const { scale, representable, tests, heldOut: of, format } = layers[0]!;
    const beyond = clip().data.filter((x) => Math.abs(loud * x) > representable![1] + scale! / 2).length / clip().data.length;
    expect([format, of.clipped]).toEqual(['int16', 0]);
    expect(beyond).toBeGreaterThan(0.01);
    expect(tests[0]!.clipped).toBeCloseTo(beyond, 9);
    expect(layers[0]!.marks).toContain('clips');
    expect(found.analysis.checks.map(({ sentence }) => sentence).join('\n')).toContain('In loud, ');
  });

  test('the worst tensor is marked, and with it the one that lost most', () => {
    const marked = (mark: string): LayerReport[] => layers.filter(({ marks }) => marks.some((one) => one === mark));
    expect(marked('lowest signal to noise').map(({ heldOut: of }) => of.decibels)).toEqual([
      Math.min(...layers.map(({ heldOut: of }) => of.decibels!)),
    ]);
    expect(marked('largest loss').map(({ lost }) => lost)).toEqual([Math.max(...layers.map(({ lost }) => lost ?? 0))]);
  });

  test('196 windows are few for their quantile, and the report says so', () => {
    const { verdict, checks } = found.analysis;
    expect(verdict.state).toBe('look');
    expect(checks.find(({ sentence }) => sentence.startsWith('The threshold rests on few scores'))).toMatchObject({
      state: 'look',
    });
  });
});

describe('gearbox, with a healthy and a broken recording', () => {
  let found: Analysed;
  const [healthy, broken] = ['healthy', 'broken'].map((state) =>
    readWindows(readNamed(`examples/gearbox/${state}-test.csv`), { size: 16, hop: null }),
  );
  beforeAll(async () => {
    found = await analysed({ model: gearbox, data: normal }, [healthy!, broken!]);
  });

  test('scores of the test files are those of the artifact, beside those of the float model', () => {
    const { tests } = found.analysis.scores;
    const scores = found.model.runBatch(broken!.data);
    expect(tests[1]).toMatchObject({ file: 'broken-test.csv', windows: 480 });
    expect(tests[1]!.above).toBe(scores.filter((score) => score > found.model.threshold).length / 480);
    expect(tests.every(({ accuracy }) => accuracy!.rankCorrelation > 0.999)).toBe(true);
    expect(tests[1]!.mean).toBeGreaterThan(2 * tests[0]!.mean);
  });

  test('the accuracy is that of the manifest, and every normal window is in the histogram', () => {
    const { accuracy, histogram, pairs, means } = found.analysis.scores;
    expect(accuracy).toEqual(found.analysis.manifest.accuracy);
    expect([histogram!.normal!, ...histogram!.tests].map(sumOf)).toEqual([3955, 480, 480]);
    expect([means!.calibration.windows, means!.heldOut.windows, pairs!.float.length]).toEqual([3165, 790, 600]);
  });

  test('nothing speaks against it', () => {
    expect(found.analysis.verdict).toMatchObject({ state: 'good', judgement: 'It can be trusted.' });
    expect(found.analysis.host).toMatchObject({ golden: { windows: 8, mismatches: 0 } });
    expect(found.analysis.host.singleUs).toBeGreaterThan(0);
  });
});

test('convolutional digits: multiply-adds are those that inspect counts', async () => {
  const model = openSource('examples/digits/model/model.json');
  const { analysis } = await analysed({ model, data: images(60) });
  const { multiplyAdds } = await inspect(model);
  expect(analysis.layers!.reduce((sum, layer) => sum + layer.multiplyAdds, 0)).toBe(multiplyAdds);
  // 3 x 3 taps of one channel for 14 x 14 x 8 values.
  expect(analysis.layers![1]).toMatchObject({ multiplyAdds: 14 * 14 * 8 * 9, weights: 'int8' });
  expect(analysis.provenance!.differences).toEqual([]);
});

test('int16 weights are named, and twice the bytes', async () => {
  const { analysis } = await analysed({ model: gearbox, data: normal, weights: 'int16', activations: 'int16' });
  const dense = analysis.layers!.filter(({ multiplyAdds }) => multiplyAdds > 0);
  expect(dense.map(({ weights }) => weights)).toEqual(['int16', 'int16', 'int16', 'int16']);
  expect(dense[0]!.weightBytes).toBeGreaterThan(2 * 512);
});
