import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { rocCurve } from '../../../compiler/report/roc.ts';
import { mahalanobis } from '../../../compiler/score/mahalanobis.ts';
import type { ScoreFunction } from '../../../runtime-js/artifact/manifest.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { ad01Windows } from '../../data.ts';

const options = { model: openSource('examples/gearbox/model/model.json'), data: readNamed('examples/gearbox/normal.csv') };
const windowsOf = (file: string) => readWindows(readNamed(`examples/gearbox/${file}`), { size: 16, hop: null }).data;
const [healthy, broken] = [windowsOf('healthy-test.csv'), windowsOf('broken-test.csv')];
const gearbox = async (score: ScoreFunction, target: 'simd' | 'scalar' = 'simd'): Promise<Model> =>
  loadBytes((await compile({ ...options, score, target })).artifact, score);
const auc = (scores: (windows: Float32Array) => Float32Array): number => rocCurve(scores(healthy), scores(broken)).auc;
const aucOf = (model: Model): number => auc((windows) => model.runBatch(windows));

test('two residuals that go together, by hand: r^T P r / 2 with P the inverse of [[1, 0.5], [0.5, 1]]', () => {
  const fitted = Float32Array.of(4 / 3, -2 / 3, 4 / 3);
  const model = { shape: [1, 2], sizes: {} };
  const score = (a: number, b: number): [number, Float32Array] => {
    const errors = new Float32Array(2);
    return [mahalanobis.reference({ x: Float32Array.of(a, b), y: Float32Array.of(0, 0) }, errors, fitted, model), errors];
  };
  expect(score(1, 1)[0]).toBeCloseTo(2 / 3, 6);
  expect(score(1, -1)[0]).toBeCloseTo(2, 6);
  expect(mahalanobis.exact({ x: Float32Array.of(1, -1), y: Float32Array.of(0, 0) }, fitted, model)).toBeCloseTo(2, 6);
  // What the other explains counts against: 1 * (4/3 * 1 - 2/3 * 3) is below 0.
  expect(Array.from(score(1, 3)[1])).toEqual([expect.closeTo(-2 / 3, 6), expect.closeTo(10, 6)]);
});

describe('the gearbox, residuals by how they go together', () => {
  let model: Model;
  beforeAll(async () => {
    model = await gearbox('mahalanobis');
  });

  test('normal windows score about 1, and the integer score is the float score within 1 %', () => {
    const { accuracy, score } = model.info.manifest;
    expect(accuracy.meanFloat).toBeGreaterThan(0.8);
    expect(accuracy.meanFloat).toBeLessThan(1.25);
    expect(accuracy.meanRelativeError).toBeLessThan(0.01);
    expect(score.weights).toHaveLength((16 * 17) / 2);
    expect(model.verify().mismatches).toEqual([]);
  });

  test('the mean of the errors is the score; shares of channels are none below 0 and 1 together', () => {
    const score = model.run(broken.subarray(0, 16));
    expect(model.errors.reduce((sum, error) => sum + error, 0) / 16 / score).toBeCloseTo(1, 5);
    let negative = 0;
    for (let at = 0; at < broken.length; at += 16) {
      model.run(broken.subarray(at, at + 16));
      negative += model.errors.filter((error) => error < 0).length;
      const shares = model.contributions().map(({ share }) => share);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
    expect(negative).toBeGreaterThan(0);
  });

  test('the same bits on the scalar target', async () => {
    expect((await gearbox('mahalanobis', 'scalar')).runBatch(healthy)).toEqual(model.runBatch(healthy));
  });

  test('it tells healthy from broken better than the other scores, and than the code and the residual together', async () => {
    const [mse, weighted, latent] = await Promise.all((['mse', 'weighted', 'latent'] as const).map((score) => gearbox(score)));
    /** As PCA is monitored: T2 of the code and Q of the residual, each over its limit. */
    const together = (q: Model) => (windows: Float32Array) => {
      const [t2, residual] = [latent!.runBatch(windows), q.runBatch(windows)];
      return t2.map((value, i) => value / latent!.threshold + residual[i]! / q.threshold);
    };
    const found = {
      mahalanobis: aucOf(model),
      weighted: aucOf(weighted!),
      mse: aucOf(mse!),
      latent: aucOf(latent!),
      'latent and mse': auc(together(mse!)),
      'latent and weighted': auc(together(weighted!)),
      'latent and mahalanobis': auc(together(model)),
    };
    for (const [name, area] of Object.entries(found)) console.log(`AUC of the gearbox: ${name} ${area.toFixed(3)}`);
    const { mahalanobis: best, ...others } = found;
    expect(best).toBeGreaterThan(0.92);
    for (const area of Object.values(others)) expect(best).toBeGreaterThan(area);
  });
});

test('640 values are too many for a matrix, which is said with the limit and what to take instead', async () => {
  const frames = ad01Windows();
  const data = {
    name: 'frames',
    data: Float32Array.from(frames.flatMap((frame) => [...frame])),
    count: frames.length,
    size: 640,
    columns: null,
  };
  await expect(compile({ model: openSource('test/models/ad01/ad01.h5'), data, score: 'mahalanobis' })).rejects.toThrow(
    'test/models/ad01/ad01.h5: --score mahalanobis keeps a matrix of values x values, for at most 256 values; the model compares 640\n  Take --score weighted, which leaves out how the values go together.',
  );
});
