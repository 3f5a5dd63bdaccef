import { describe, expect, test } from 'vitest';
import { readWindows } from '../../compiler/calibrate/samples.ts';
import { readNamed } from '../../compiler/files.ts';
import { loadSync } from '../../runtime-js/node.ts';
import { gearbox } from './artifact.ts';

const artifact = await gearbox();
const { data, count } = readWindows(readNamed('examples/gearbox/broken-test.csv'), { size: 16, hop: null });
const windowAt = (i: number): Float32Array => data.slice(i * 16, (i + 1) * 16);

describe('a score that would be no number is refused, and the value named', () => {
  describe.each(['mse', 'mae', 'max'] as const)('%s', (score) => {
    describe.each(['simd', 'scalar'] as const)('%s', async (target) => {
      const model = loadSync(await gearbox({ score, target, name: 'pump' }));

      test.each([NaN, Infinity, -Infinity])('%d at each place of a window', (value) => {
        for (let place = 0; place < 16; place++) {
          const window = windowAt(0).with(place, value);
          expect(() => model.run(window)).toThrow(`artifact: value ${place} is ${value}, which gives no finite score`);
        }
      });

      test('a window after a refused one is scored as if it had not been', () => {
        const expected = model.run(windowAt(1));
        expect(() => model.run(windowAt(0).fill(NaN))).toThrow(RangeError);
        expect(model.run(windowAt(1))).toBe(expected);
      });
    });
  });

  test('a value whose error has no square in f32', () => {
    expect(() => loadSync(artifact).run(windowAt(0).with(3, 1e30))).toThrow(
      /^artifact: value 3 is 1\.0000000150474662e\+30, which gives no finite score; calibration data was from -0\.49\d+ to 2896\.19\d+$/,
    );
  });

  test('in a batch, with the window', () => {
    const windows = data.slice(0, 16 * 100);
    windows[16 * 70 + 5] = NaN;
    expect(() => loadSync(artifact).runBatch(windows)).toThrow('artifact: window 70, value 5 is NaN');
  });

  test('on the way to a latent code and back', () => {
    const model = loadSync(artifact);
    expect(() => model.encode(windowAt(0).with(2, NaN))).toThrow('artifact: value 2 is NaN');
    expect(() => model.decode(new Float32Array(model.latentSize!).fill(Infinity))).toThrow('artifact: value 0 is Infinity');
  });
});

describe('lengths are checked', () => {
  const model = loadSync(artifact);

  test.each([
    ['run', 'a window has 16 values, found 15', () => model.run(new Float32Array(15))],
    ['run', 'a window has 16 values, found 0', () => model.run([])],
    ['runBatch', 'a batch of windows has a multiple of 16 values, found 33', () => model.runBatch(new Float32Array(33))],
    ['encode', 'a window has 16 values, found 17', () => model.encode(new Float32Array(17))],
    ['decode', 'a latent code has 12 values, found 16', () => model.decode(new Float32Array(16))],
  ])('%s: %s', (_, message, call) => {
    expect(call).toThrow(new RangeError(`artifact: ${message}`));
  });
});

describe('a batch of any count', () => {
  const model = loadSync(artifact);

  test.each([0, 1, 63, 64, 65, 127, 480])('%i windows give the bits of so many single ones', (n) => {
    const scores = model.runBatch(data.subarray(0, n * 16));
    expect(scores).toEqual(Float32Array.from({ length: n }, (_, i) => model.run(windowAt(i))));
  });

  test('alarm tells of the last window', () => {
    const scores = model.runBatch(data);
    const highest = scores.indexOf(Math.max(...scores));
    const lowest = scores.indexOf(Math.min(...scores));
    expect(count).toBe(480);
    model.runBatch(new Float32Array([...windowAt(lowest), ...windowAt(highest)]));
    expect(model.alarm).toBe(true);
    model.runBatch(new Float32Array([...windowAt(highest), ...windowAt(lowest)]));
    expect(model.alarm).toBe(false);
  });
});

test('an array of numbers scores as the same values in a Float32Array', () => {
  const model = loadSync(artifact);
  expect(model.run([...windowAt(7)])).toBe(model.run(windowAt(7)));
});

test('reconstruction and errors are copies: the next window does not change them', () => {
  const model = loadSync(artifact);
  model.run(windowAt(0));
  const { reconstruction, errors } = model;
  const before = [[...reconstruction], [...errors]];
  model.run(windowAt(99));
  expect([[...reconstruction], [...errors]]).toEqual(before);
  expect(model.reconstruction).not.toEqual(reconstruction);
});

test('two models of one artifact do not share their state', () => {
  const [one, other] = [loadSync(artifact), loadSync(artifact)];
  one.run(windowAt(0));
  const { errors } = one;
  other.run(windowAt(99));
  expect(one.errors).toEqual(errors);
});

test('info says what runs', () => {
  const { info, size, latentSize, threshold } = loadSync(artifact);
  expect(info).toMatchObject({ backend: 'wasm', artifactBytes: artifact.length, memoryBytes: 65_536 });
  expect(info.manifest).toMatchObject({ abi: 1, target: 'simd', batch: 64, score: { threshold } });
  expect({ size, latentSize }).toEqual({ size: 16, latentSize: 12 });
});

test('a model that was disposed of says so', () => {
  const model = loadSync(artifact);
  model.dispose();
  model.dispose();
  for (const call of [() => model.run(windowAt(0)), () => model.runBatch(data), () => model.errors, () => model.verify()]) {
    expect(call).toThrow('artifact: the model was disposed of');
  }
});
