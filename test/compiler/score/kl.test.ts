import { beforeAll, describe, expect, test } from 'vitest';
import { compile, compileGraph } from '../../../compiler/compile.ts';
import { settle } from '../../../compiler/options.ts';
import { rocCurve } from '../../../compiler/report/roc.ts';
import type { Source } from '../../../compiler/read/source.ts';
import { kl } from '../../../compiler/score/kl.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { ad01Windows } from '../../data.ts';
import { Layers } from '../layers-build.ts';
import { smallDigits, trainVae, windowsOf } from './vae.ts';

const none = new Float32Array(0);
const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

test('the standard normal distribution costs nothing, others what the books say', () => {
  const model = { shape: [1, 2], sizes: { code: 1, logVariance: 1 } };
  const seen = (mean: number, logVariance: number) => ({
    x: f32(1, 2),
    y: f32(1, 2),
    code: f32(mean),
    logVariance: f32(logVariance),
  });
  // KL(N(m, s^2) || N(0, 1)) = (m^2 + s^2 - 1 - ln s^2) / 2, over two values.
  expect(kl.exact(seen(0, 0), none, model)).toBe(0);
  expect(kl.exact(seen(3, 0), none, model)).toBeCloseTo(4.5 / 2, 12);
  expect(kl.exact(seen(0, Math.fround(Math.log(4))), none, model)).toBeCloseTo((3 - Math.log(4)) / 2 / 2, 6);
  expect(kl.exact({ ...seen(0, 0), y: f32(1, 5) }, none, model)).toBe(4.5);
});

test('the straight lines are within 1/8192 of e^v / 2, and go on beyond their ends', () => {
  const model = { shape: [1, 1], sizes: { code: 1, logVariance: 1 } };
  for (let v = -40; v < 16; v += 0.0137) {
    const seen = { x: f32(0), y: f32(0), code: f32(0), logVariance: f32(v) };
    const error = Math.abs(kl.reference(seen, f32(0), none, model) - kl.exact(seen, none, model));
    // (1/32)^2 / 8 of the second derivative, and f32 rounding of |v|.
    expect(error).toBeLessThan(Math.exp(v + 1 / 32) / 2 / 8192 + 40 * 2 ** -23);
  }
});

/** Log mel frames scaled to about one -> mean and log variance of 8 -> the frames. `deviation`: the file has that instead of the log variance. */
async function generated(target: 'simd' | 'scalar', heads: 'log variance' | 'deviation' | 'constant' | 'none' | 'two codes') {
  const l = new Layers(21);
  const hidden = l.apply(l.dense(l.builder.input('x', [1, 640]), 32), 'relu');
  const mean = l.dense(hidden, 8);
  const halved = (x: number) => l.builder.constant('factor', { shape: [], data: f32(x) });
  const written =
    heads === 'constant' ? l.builder.constant('fixed', { shape: [1, 8], data: new Float32Array(8) }) : l.dense(hidden, 8);
  const logVariance =
    heads === 'deviation'
      ? l.builder.node({ kind: 'binary', fn: 'mul' }, 'twice', [
          l.apply(l.apply(l.builder.node({ kind: 'binary', fn: 'mul' }, 'half', [written, halved(0.5)]), 'exp'), 'log'),
          halved(2),
        ])
      : written;
  const sample = (of: typeof mean) => l.builder.node({ kind: 'sample' }, l.name('sampling'), [of, logVariance]);
  const code = heads === 'none' ? mean : sample(mean);
  const last = heads === 'two codes' ? sample(l.dense(code, 8)) : code;
  const frames = ad01Windows().slice(0, 40);
  const data = Float32Array.from(frames.flatMap((frame) => [...frame].map((value) => value / 40)));
  const settled = settle({
    model: { name: 'vae.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) },
    data: { name: 'frames', data, count: 40, size: 640, columns: null },
    score: 'kl',
    target,
    allowPoorFit: true,
  });
  const { artifact, manifest } = await compileGraph(l.finish(l.apply(l.dense(last, 32), 'relu'), 640), 'generated', settled);
  return { model: await loadBytes(artifact, 'vae'), manifest, data };
}

describe('a variational autoencoder of log mel frames', () => {
  test('the same bits on both targets, and where the file has a deviation', async () => {
    const [simd, scalar, other] = [
      await generated('simd', 'log variance'),
      await generated('scalar', 'log variance'),
      await generated('simd', 'deviation'),
    ];
    expect(scalar.model.runBatch(simd.data)).toEqual(simd.model.runBatch(simd.data));
    expect(other.model.runBatch(simd.data)).toEqual(simd.model.runBatch(simd.data));
    expect(other.manifest.layers).toEqual(simd.manifest.layers);
  });

  test('code and generated windows are those of any other score', async () => {
    const { model, data } = await generated('simd', 'log variance');
    model.run(data.subarray(0, 640));
    const reconstruction = model.reconstruction;
    expect(model.decode(model.encode(data.subarray(0, 640)))).toEqual(reconstruction);
    expect(model.generate(3)).toEqual(model.generate(3));
  });

  test.each([
    ['none', 'vae.h5: --score kl is of variational autoencoders; this model has no sampling layer'],
    ['two codes', 'vae.h5: --score kl is of one latent code; this model draws 2'],
    ['constant', 'vae.h5: --score kl is of a variance that the model computes; this one adds the same noise to every code'],
  ] as const)('heads %s: refused with a reason', async (heads, reason) => {
    await expect(generated('simd', heads)).rejects.toThrow(reason);
  });
});

describe('digits, trained here', () => {
  const all = smallDigits();
  const [training, fresh] = [all.slice(0, 900), all.slice(900)];
  let source: Source;
  let model: Model;
  beforeAll(async () => {
    source = await trainVae(training);
    model = await loadBytes((await compile({ model: source, data: windowsOf(training), score: 'kl' })).artifact, 'digits');
  }, 120_000);

  test('the integer score is the float score within 0.3 %', () => {
    const { accuracy, score } = model.info.manifest;
    expect(accuracy.meanRelativeError).toBeLessThan(0.003);
    expect(accuracy.rankCorrelation).toBeGreaterThan(0.9999);
    expect(score).toMatchObject({ function: 'kl', weights: null, code: expect.any(String) });
  });

  test('errors are the squared residuals; what the score has beside them is the divergence, above 0', async () => {
    const plain = await loadBytes((await compile({ model: source, data: windowsOf(training) })).artifact, 'mse');
    for (const image of fresh.slice(0, 50)) {
      const divergence = model.run(image) - model.errors.reduce((sum, error) => sum + error, 0) / image.length;
      expect(divergence).toBeGreaterThan(0);
    }
    expect(plain.info.manifest.accuracy.meanFloat).toBeLessThan(model.info.manifest.accuracy.meanFloat);
  });

  test('two digits over each other: the reconstruction is nearly as good, the code is not', async () => {
    const mse = await loadBytes((await compile({ model: source, data: windowsOf(training) })).artifact, 'mse');
    const both = fresh.map((image) => image.map((value, i) => Math.max(value, fresh[17]![i]!)));
    const aucOf = (of: Model): number => rocCurve(of.runBatch(windowsOf(fresh).data), of.runBatch(windowsOf(both).data)).auc;
    console.log(`AUC of two digits over each other: kl ${aucOf(model).toFixed(3)}, mse ${aucOf(mse).toFixed(3)}`);
    expect(aucOf(model)).toBeGreaterThan(aucOf(mse));
  });
});
