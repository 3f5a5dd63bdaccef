import { beforeAll, describe, expect, test } from 'vitest';
import { compile, compileGraph } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { settle } from '../../../compiler/options.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { Layers } from '../layers-build.ts';

const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
const values = new Float32Array(clip.bytes.buffer.slice(clip.bytes.byteOffset, clip.bytes.byteOffset + clip.bytes.length));

/** The scores that a stream gives, with the number of samples that had been pushed. */
function stream(model: Model, samples: Float32Array, channels = 1): [at: number, score: number | 'invalid'][] {
  const found: [number, number | 'invalid'][] = [];
  for (let i = 0; i < samples.length; i += channels) {
    const result = model.push(samples.subarray(i, i + channels));
    if (result !== 'waiting') found.push([i / channels + 1, result]);
  }
  return found;
}

describe.each(['simd', 'scalar'] as const)('ad01 sample by sample, %s', (target) => {
  describe.each([128, 640, 1000])('hop %d', (hop) => {
    let model: Model;
    beforeAll(async () => {
      const options = { model: openSource('test/models/ad01/ad01.h5'), data: clip, hop, target };
      model = await loadBytes((await compile(options)).artifact, 'ad01');
    });

    test('the scores of the windows, bit for bit, when their last sample has come', () => {
      const count = Math.floor((values.length - 640) / hop) + 1;
      const starts = Array.from({ length: count }, (_, i) => i * hop);
      const expected = starts.map((start) => [start + 640, model.run(values.subarray(start, start + 640))]);
      model.reset();
      expect(stream(model, values)).toEqual(expected);
    });

    test('a reset begins again, wherever the stream stood', () => {
      model.reset();
      const first = stream(model, values.subarray(0, 3000));
      stream(model, values.subarray(0, 777));
      model.reset();
      expect(stream(model, values.subarray(0, 3000))).toEqual(first);
    });

    test('a value that is not finite spoils the windows that hold it, and no other', () => {
      model.reset();
      const clean = stream(model, values.subarray(0, 4000));
      const bad = 1500;
      for (const value of [NaN, Infinity, -Infinity]) {
        model.reset();
        const expected = clean.map(([at, score]) => [at, at > bad && at <= bad + 640 ? 'invalid' : score]);
        expect(stream(model, values.slice(0, 4000).with(bad, value))).toEqual(expected);
      }
    });
  });
});

describe('several channels', async () => {
  const layers = new Layers(7);
  const input = layers.builder.input('x', [1, 12, 4]);
  const graph = layers.finish(layers.apply(layers.dense(layers.reshape(input, [1, 48]), 10), 'relu'), 48);
  const data = { name: 'frames', data: values.map((value) => value / 20 + 1.5), count: 480, size: 48, columns: null };
  const options = { model: openSource('test/models/ad01/ad01.h5'), data: { ...data, channels: 4, hop: 3 }, allowPoorFit: true };
  const { artifact } = await compileGraph(graph, 'generated', settle(options));
  const model = await loadBytes(artifact, 'generated');

  test('12 samples of 4 channels every 3 samples', () => {
    expect(model.info.manifest.input).toMatchObject({ size: 48, samples: 12, channelCount: 4, hop: 3 });
    const samples = data.data.subarray(0, 4 * 100);
    const expected = Array.from({ length: 30 }, (_, i) => [12 + 3 * i, model.run(samples.subarray(12 * i, 12 * i + 48))]);
    expect(stream(model, samples, 4)).toEqual(expected);
  });

  test('a sample of another length', () => {
    expect(() => model.push([1, 2, 3])).toThrow(new RangeError('generated: a sample has 4 values, found 3'));
  });
});

/** The same weights twice: one model reads each channel's samples in a row, the other is fed so by hand. */
const made = (shape: readonly number[]) => {
  const layers = new Layers(3);
  const input = layers.builder.input('x', shape);
  const hidden = layers.apply(layers.dense(layers.reshape(input, [1, 48]), 10), 'relu');
  return layers.builder.finish([layers.reshape(layers.dense(hidden, 48), shape)]);
};

const load = async (shape: readonly number[], data: Float32Array, channels: number) => {
  const rows = { name: 'frames', data, count: 400, size: 48, columns: null, channels };
  const model = openSource('test/models/ad01/ad01.h5');
  return loadBytes(
    (await compileGraph(made(shape), 'generated', settle({ model, data: rows, allowPoorFit: true }))).artifact,
    'x',
  );
};

describe('a model that takes channels x samples', async () => {
  const samples = values.subarray(0, 48 * 400).map((value) => value / 20 + 1.5);
  const turned = Float32Array.from(samples, (_, i) => {
    const [window, at] = [Math.floor(i / 48), i % 48];
    return samples[48 * window + (at % 12) * 4 + Math.floor(at / 12)]!;
  });
  test('is fed with samples of channels all the same', async () => {
    const [first, byHand] = [await load([1, 4, 12], samples, 4), await load([1, 48], turned, 48)];
    const [a, b] = [first.runBatch(samples), byHand.runBatch(turned)];
    // The weights are the same, but rounded in another order.
    a.forEach((score, i) => expect(Math.abs(score / b[i]! - 1)).toBeLessThan(0.01));
    first.run(samples.subarray(0, 48));
    byHand.run(turned.subarray(0, 48));
    const [mine, theirs] = [first.errors, byHand.errors];
    const largest = Math.max(...mine);
    for (let i = 0; i < 48; i++)
      expect(Math.abs(mine[i]! - theirs[(i % 4) * 12 + Math.floor(i / 4)]!)).toBeLessThan(0.02 * largest);
  });
});

describe('a window of one sample', async () => {
  const model = openSource('examples/gearbox/model/model.json');
  const { artifact } = await compile({ model, data: readNamed('examples/gearbox/normal.csv') });
  const gearbox = await loadBytes(artifact, 'gearbox');
  const sample = Float32Array.from({ length: 16 }, (_, i) => [900, 4, 12, 0.1][i >> 2]! * (1 + i / 100));

  test('is scored at once; one with a gap is not', () => {
    const expected = gearbox.run(sample);
    expect(gearbox.push(sample)).toBe(expected);
    expect(gearbox.push(sample.with(3, NaN))).toBe('invalid');
    expect(gearbox.push(sample)).toBe(expected);
  });
});
