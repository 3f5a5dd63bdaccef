import { beforeAll, describe, expect, test } from 'vitest';
import { compile, compileGraph } from '../../../compiler/compile.ts';
import { openSource } from '../../../compiler/files.ts';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import type { Shape } from '../../../compiler/ir/tensor.ts';
import { settle } from '../../../compiler/options.ts';
import { rocCurve } from '../../../compiler/report/roc.ts';
import { ssim } from '../../../compiler/score/ssim.ts';
import { digits } from '../../../examples/digits/digits.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { colourImages } from '../../images.ts';
import { Layers } from '../layers-build.ts';
import { windowsOf } from './vae.ts';

/** Fitted to a least value and a data range. */
const range = (least: number, size: number) => Float32Array.of(least, (0.01 * size) ** 2, (0.03 * size) ** 2);
const scoreOf = (x: readonly number[], y: readonly number[], shape: Shape): number =>
  ssim.exact({ x: Float32Array.from(x), y: Float32Array.from(y) }, range(0, 1), { shape, sizes: {} });

const one: Shape = [1, 7, 7, 1];
const every = (value: (i: number) => number, n = 49): number[] => Array.from({ length: n }, (_, i) => value(i));

describe('what the paper defines', () => {
  test('an image and itself: 0', () => {
    expect(
      scoreOf(
        every((i) => i / 49),
        every((i) => i / 49),
        one,
      ),
    ).toBe(0);
  });

  test('two grey areas: 1 - (2 a b + C1) / (a^2 + b^2 + C1)', () => {
    const expected = 1 - (2 * 0.25 * 0.75 + 1e-4) / (0.25 ** 2 + 0.75 ** 2 + 1e-4);
    expect(
      scoreOf(
        every(() => 0.25),
        every(() => 0.75),
        one,
      ),
    ).toBeCloseTo(expected, 8);
  });

  test('a chessboard and its negative, 25 fields against 24, by hand', () => {
    // Means 25/49 and 24/49; variances and, but for the sign, the covariance (25 * 24 / 49) / 48.
    const [mx, my, v] = [25 / 49, 24 / 49, (25 * 24) / 49 / 48];
    const expected = 1 - ((2 * mx * my + 1e-4) * (-2 * v + 9e-4)) / ((mx * mx + my * my + 1e-4) * (2 * v + 9e-4));
    expect(
      scoreOf(
        every((i) => 1 - (i % 2)),
        every((i) => i % 2),
        one,
      ),
    ).toBeCloseTo(expected, 7);
  });
});

describe('as skimage.metrics.structural_similarity(x, y, data_range=1) has it', () => {
  // Computed by numpy with its definition: means over sliding 7 x 7 windows, sample (co)variances, the mean over all of them.
  const [height, width] = [9, 11];
  const x = every((p) => {
    const [i, j] = [Math.floor(p / width), p % width];
    return ((3 * i + 5 * j + i * j) % 17) / 16;
  }, height * width);
  const y = every((p) => {
    const [i, j] = [Math.floor(p / width), p % width];
    return ((3 * i + 5 * j + i * j + ((i * i + j) % 3)) % 17) / 16;
  }, height * width);
  const colours = (planes: readonly (readonly number[])[]): number[] =>
    every((i) => planes[i % 3]![Math.floor(i / 3)]!, 3 * x.length);
  const first = [x, y, x.map((value) => 1 - value)];
  const second = [y, x.map((value) => value * value), x];

  test('9 x 11 grey: 0.8451080359', () => {
    expect(scoreOf(x, y, [1, height, width, 1])).toBeCloseTo(1 - 0.8451080359322971, 7);
  });

  test('9 x 11 with three colours: 0.1920319728, wherever the file has its channels', () => {
    expect(scoreOf(colours(first), colours(second), [1, height, width, 3])).toBeCloseTo(1 - 0.19203197277289333, 7);
    expect(scoreOf(first.flat(), second.flat(), [1, 3, height, width])).toBeCloseTo(1 - 0.19203197277289333, 7);
  });

  test('values far from zero lose nothing in f32', () => {
    const [a, b] = [x, y].map((values) => Float32Array.from(values, (value) => 1000 + value));
    const model = { shape: [1, height, width, 1], sizes: {} };
    const errors = new Float32Array(a!.length);
    const exact = ssim.exact({ x: a!, y: b! }, range(1000, 1), model);
    expect(Math.abs(ssim.reference({ x: a!, y: b! }, errors, range(1000, 1), model) / exact - 1)).toBeLessThan(1e-5);
  });
});

const what = (shape: Shape): string | undefined => ssim.refuse({ shape, sizes: {} })?.what;

test('what is no image is refused', () => {
  expect(what([1, 640])).toBe('--score ssim compares images of at least 7 x 7 pixels; the model takes [1 x 640]');
  expect(what([1, 20, 5])).toContain('the model takes [1 x 20 x 5]');
  expect(what([1, 6, 28, 1])).toContain('the model takes [1 x 6 x 28 x 1]');
  expect(what([1, 1, 28, 28])).toBeUndefined();
});

describe('colour images, scaled by the pipeline', () => {
  const side = 32;
  const images = colourImages(30);
  const planes = images.map((image) => image.map((_, i) => image[3 * (i % side ** 2) + Math.floor(i / side ** 2)]!));

  async function compiled(channelsFirst: boolean): Promise<Model> {
    const l = new Layers(5);
    const move = (x: ValueId, permutation: readonly number[]) =>
      channelsFirst ? l.builder.node({ kind: 'transpose', permutation }, l.name('transpose'), [x]) : x;
    const input = l.builder.input('x', channelsFirst ? [1, 3, side, side] : [1, side, side, 3]);
    const hidden = l.apply(l.conv(move(input, [0, 2, 3, 1]), { out: 6, stride: 2 }), 'relu');
    const output = move(l.conv(hidden, { out: 3, stride: 2, transposed: true }), [0, 3, 1, 2]);
    const settled = settle({
      model: { name: 'colours.onnx', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) },
      data: windowsOf(channelsFirst ? planes : images),
      scaling: { method: 'minmax', per: 'all' },
      score: 'ssim',
      allowPoorFit: true,
    });
    return loadBytes((await compileGraph(l.builder.finish([output]), 'generated', settled)).artifact, 'colours');
  }

  test('the same score wherever the file has its channels, up to the order of sums', async () => {
    const [last, first] = [await compiled(false), await compiled(true)];
    for (let i = 0; i < 10; i++) expect(first.run(planes[i]!) / last.run(images[i]!)).toBeCloseTo(1, 5);
    // Pixel (6, 9) of the second colour.
    expect(first.errors[side ** 2 + 6 * side + 9]).toBe(last.errors[3 * (6 * side + 9) + 1]);
  });
});

/** A digit with a stain of 5 x 5 pixels. */
const stained = (image: Float32Array, grey: number): Float32Array =>
  image.map((value, i) => {
    const [row, column] = [Math.floor(i / 28), i % 28];
    return row >= 4 && row < 9 && column >= 17 && column < 22 ? Math.max(value, grey) : value;
  });

describe('digits', () => {
  const model = openSource('examples/digits/model/model.json');
  const [training, fresh] = [digits().slice(0, 300), digits().slice(900)];
  const data = windowsOf(training);
  let simd: Model;
  beforeAll(async () => {
    simd = await loadBytes((await compile({ model, data, score: 'ssim' })).artifact, 'digits');
  }, 120_000);

  test('its range is in the manifest, and with --max-error 0.3% the integer score is the float score within that', async () => {
    expect(simd.info.manifest.score.weights?.map(Math.fround)).toEqual([...range(0, 1)]);
    const { manifest } = await compile({ model, data, score: 'ssim', maxError: 0.003 });
    expect(manifest.accuracy.meanRelativeError).toBeLessThanOrEqual(0.003);
    expect(manifest.accuracy.rankCorrelation).toBeGreaterThan(0.9995);
  });

  test('the same bits on the scalar target', async () => {
    const scalar = await loadBytes((await compile({ model, data, score: 'ssim', target: 'scalar' })).artifact, 'scalar');
    const windows = windowsOf(fresh.slice(0, 60)).data;
    expect(scalar.runBatch(windows)).toEqual(simd.runBatch(windows));
    expect(scalar.errors).toEqual(simd.errors);
  });

  test('errors are a map whose mean is the score; a stain raises it where it is', () => {
    simd.run(fresh[3]!);
    const before = simd.errors;
    const score = simd.run(stained(fresh[3]!, 0.15));
    const { errors } = simd;
    expect(errors.reduce((sum, error) => sum + error, 0) / 784 / score).toBeCloseTo(1, 5);
    const raised = errors.map((error, i) => error - before[i]!);
    const worst = raised.indexOf(Math.max(...raised));
    // A window of 7 x 7 around it holds a part of the stain, which reaches 2 pixels from (6, 19).
    expect(Math.abs(Math.floor(worst / 28) - 6)).toBeLessThanOrEqual(5);
    expect(Math.abs((worst % 28) - 19)).toBeLessThanOrEqual(5);
    // No window lies around a pixel of the border.
    expect(errors.slice(0, 3 * 28 + 3).every((error) => error === 0)).toBe(true);
  });

  test('it sees faint stains that the mean squared error does not', async () => {
    const mse = await loadBytes((await compile({ model, data })).artifact, 'mse');
    const clean = windowsOf(fresh).data;
    const aucOf = (of: Model, grey: number): number =>
      rocCurve(of.runBatch(clean), of.runBatch(windowsOf(fresh.map((image) => stained(image, grey))).data)).auc;
    for (const grey of [0.08, 0.15, 0.3, 0.6]) {
      console.log(`AUC, stain of grey ${grey}: ssim ${aucOf(simd, grey).toFixed(3)}, mse ${aucOf(mse, grey).toFixed(3)}`);
    }
    expect(aucOf(simd, 0.15)).toBeGreaterThan(0.8);
    expect(aucOf(mse, 0.15)).toBeLessThan(0.7);
  });
});
