import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { scalingOf } from '../../../compiler/pipeline/scaling.ts';
import { readScaler } from '../../../compiler/pipeline/scaler-file.ts';
import type { ScalingOption } from '../../../compiler/pipeline/options.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { loadBytes } from '../../../runtime-js/model.ts';
import { missing, sharedData } from '../../data.ts';

const windows = readWindows(readNamed('examples/gearbox/normal.csv'), { size: 16, hop: null });

const column = (c: number): number[] => Array.from({ length: windows.count }, (_, i) => windows.data[16 * i + c]!);

const scaled = (option: ScalingOption) => {
  const { factor, offset } = scalingOf(option, windows, 16, windows.columns);
  return (c: number) => column(c).map((value) => value * factor[c]! + offset[c]!);
};

/** What scikit-learn's scalers say of examples/gearbox/normal.csv, restated with numpy 2 in f64 on the values as f32. */
describe('learnt from the data, as scikit-learn does', () => {
  test('minmax: each channel from 0 to 1, or onto another range', () => {
    const values = scaled({ method: 'minmax', per: 'each' })(3);
    expect([Math.min(...values), Math.max(...values)].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([0, 1]);
    const wide = scaled({ method: 'minmax', per: 'each', range: [-1, 1] })(3);
    expect([Math.min(...wide), Math.max(...wide)].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([-1, 1]);
  });

  test('minmax:all: the least and the greatest value of all channels', () => {
    const at = scaled({ method: 'minmax', per: 'all' });
    const all = Array.from({ length: 16 }, (_, c) => at(c)).flat();
    expect(all.reduce((a, b) => Math.min(a, b))).toBeCloseTo(0, 6);
    expect(all.reduce((a, b) => Math.max(a, b))).toBeCloseTo(1, 6);
  });

  test('zscore: mean 0 and standard deviation 1 of the population', () => {
    const values = scaled({ method: 'zscore', per: 'each' })(5);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(variance).toBeCloseTo(1, 5);
  });

  test('robust: median 0, quartiles 1 apart', () => {
    const values = scaled({ method: 'robust', per: 'each' })(5).toSorted((a, b) => a - b);
    const at = (q: number): number => values[Math.round(q * (values.length - 1))]!;
    expect(at(0.5)).toBeCloseTo(0, 3);
    expect(at(0.75) - at(0.25)).toBeCloseTo(1, 2);
  });

  test('a channel that does not vary is divided by 1', () => {
    const flat = { name: 'flat', data: Float32Array.of(3, 1, 3, 2), count: 2, size: 2, columns: null };
    for (const method of ['minmax', 'zscore', 'robust'] as const) {
      expect(scalingOf({ method, per: 'each' }, flat, 2, null).factor[0]).toBe(1);
    }
  });
});

const read = (content: object) => readScaler('scaler.json', Buffer.from(JSON.stringify(content)));

describe('fitted elsewhere, as JSON', () => {
  test.each([
    ['StandardScaler', { mean_: [1, 2], scale_: [2, 4] }, [1, 2], [2, 4]],
    ['StandardScaler with var_ alone', { mean_: [1, 2], var_: [4, 16] }, [1, 2], [2, 4]],
    ['a mean and a standard deviation', { mean: [1, 2], std: [2, 0] }, [1, 2], [2, 1]],
    ['RobustScaler', { center_: [1, 2], scale_: [2, 4] }, [1, 2], [2, 4]],
    ['MinMaxScaler: x * scale_ + min_', { min_: [-1, -0.5], scale_: [0.5, 0.25], data_min_: [9, 9] }, [2, 2], [2, 4]],
    ['MinMaxScaler by data_min_ and data_max_', { data_min_: [1, 2], data_max_: [3, 6] }, [1, 2], [2, 4]],
    [
      'one minimum and maximum',
      { min: -0.619863934954322, max: 3158.1043774 },
      [-0.619863934954322],
      [3158.1043774 + 0.619863934954322],
    ],
  ])('%s', (_, content, center, scale) => {
    expect(read(content)).toMatchObject({ method: 'given', center, scale });
  });

  test.each([
    ['no scaler', { weights: [1] }, 'scaler.json: holds no scaler: its keys are weights\n  Expected "mean"'],
    ['text', { mean: [1, 'x'], std: [1, 1] }, 'scaler.json, key "mean": is "x" at place 2; expected finite numbers'],
  ])('%s is explained', (_, content, message) => {
    expect(() => read(content)).toThrow(message);
  });

  test('of other channels', () => {
    const other = read({ mean: [1, 2, 3], std: [1, 1, 1] });
    expect(() => scalingOf(other, windows, 16, windows.columns)).toThrow(
      'scaler.json: scales 3 values; the model reads 16 (sum_abs_a1, sum_abs_a2, sum_abs_a3, sum_abs_a4, std_a1, std_a2, std_a3, std_a4, ...)',
    );
    const named = read({ mean: [1, 2], std: [1, 1], feature_names_in_: ['a', 'b'] });
    const two = { name: 'x.csv', data: new Float32Array(20), count: 10, size: 2, columns: ['b', 'a'] };
    expect(() => scalingOf(named, two, 2, two.columns)).toThrow('scaler.json: scales "a" at place 1, where the data has "b"');
  });
});

const pump = 'pump_fault_tfjs/scaler_params.json';
test.skipIf(missing(pump) !== null)('the scaler of pump_fault: 57 features by name', () => {
  const file = join(sharedData, pump);
  const scaler = JSON.parse(readFileSync(file, 'utf8')) as Record<'mean' | 'std', number[]> & { feature_cols: string[] };
  const option = readScaler(file, readFileSync(file));
  const rows = { name: 'rows', data: new Float32Array(570), count: 10, size: 57, columns: scaler.feature_cols };
  const { factor, offset } = scalingOf(option, rows, 57, rows.columns);
  scaler.mean.forEach((mean, i) => {
    const value = mean + 3 * scaler.std[i]!;
    expect(value * factor[i]! + offset[i]!).toBeCloseTo(3, 4);
  });
});

describe('in the artifact', async () => {
  const model = openSource('test/models/ad01/ad01.h5');
  const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
  const plain = await compile({ model, data: clip, hop: 128 });

  test('a scaling that is undone by its units gives the same reconstruction', async () => {
    // The same recording in other units: x = 4 y - 8, which f32 and the model say exactly.
    const other = {
      name: 'other.f32',
      bytes: new Uint8Array(new Float32Array(valuesOf(clip.bytes).map((value) => (value + 8) / 4)).buffer),
    };
    const scaling = { method: 'given', center: [2], scale: [0.25], names: null, source: 'x' } as const;
    const converted = await compile({ model, data: other, hop: 128, scaling });
    expect(converted.manifest.scaling).toEqual({ method: 'given', factor: [4], offset: [-8] });
    expect(converted.manifest.score.space).toBe('normalised');
    const [a, b] = [await loadBytes(plain.artifact, 'plain'), await loadBytes(converted.artifact, 'converted')];
    const window = valuesOf(clip.bytes).subarray(1280, 1920);
    // The rounding of the weights looks at inputs that differ in their last bits.
    expect(b.run(window.map((value) => (value + 8) / 4)) / a.run(window)).toBeCloseTo(1, 2);
    const back = b.reconstruction.map((value) => 4 * value - 8);
    a.reconstruction.forEach((value, i) => expect(Math.abs(back[i]! - value)).toBeLessThan(0.5));
  });
});

const valuesOf = (bytes: Uint8Array): Float32Array =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
