import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { readNamed } from '../../../compiler/files.ts';
import { ad01Windows, missing, sharedData } from '../../data.ts';
import { bytesOf } from './npy.ts';

const clip = 'test/models/ad01/normal_id_01_00000000_hist_librosa.bin';
const rows = { size: null, hop: null };
const raw = (values: readonly number[]): Uint8Array => bytesOf(Float32Array.from(values));
const read = (name: string, content: string | Uint8Array, options = rows as { size: number | null; hop: number | null }) =>
  readWindows({ name, bytes: typeof content === 'string' ? Buffer.from(content) : content }, options);

test("ad01's clip of 25,600 values: 196 windows of 640 with a hop of 128", () => {
  const windows = readWindows(readNamed(clip), { size: 640, hop: 128 });
  expect(windows).toMatchObject({ name: clip, count: 196, size: 640, columns: null });
  ad01Windows().forEach((window, i) => expect(windows.data.slice(640 * i, 640 * i + 640)).toEqual(window));
});

test("ad01's clip without a hop: 40 windows that do not overlap", () => {
  const windows = readWindows(readNamed(clip), { size: 640, hop: null });
  expect(windows.count).toBe(40);
  expect(bytesOf(windows.data)).toEqual(new Uint8Array(readFileSync(clip)));
});

test("the gearbox's features: a row of 16 columns is a window, named by the header", () => {
  const windows = readWindows(readNamed('examples/gearbox/normal.csv'), { size: 16, hop: null });
  expect(windows).toMatchObject({ count: 3955, size: 16 });
  expect(windows.columns?.slice(0, 2)).toEqual(['sum_abs_a1', 'sum_abs_a2']);
  expect(windows.data.slice(0, 3)).toEqual(Float32Array.of(924.762, 617.748, 606.276));
});

const recording = 'gearbox/h30hz10.csv.gz';
test.skipIf(missing(recording) !== null)('a recorded gzipped CSV of 4 channels: windows of 300 rows, the rest is dropped', () => {
  const file = readNamed(join(sharedData, recording));
  const windows = readWindows(file, { size: 1200, hop: null });
  expect(windows).toMatchObject({ count: 309, size: 1200, columns: ['a1', 'a2', 'a3', 'a4'] });
  const lines = gunzipSync(file.bytes).toString().trim().split(/\r?\n/).slice(1);
  expect(lines).toHaveLength(92928);
  const expected = Float32Array.from(lines.slice(0, 309 * 300).flatMap((line) => line.split(',').map(Number)));
  expect(windows.data).toEqual(expected);
  expect(readWindows(file, { size: 1200, hop: 150 }).count).toBe(618);
});

const taxi = 'nab/realKnownCause/nyc_taxi.csv';
test.skipIf(missing(taxi) !== null)('a time stamp in the first column is named as such', () => {
  const path = join(sharedData, taxi);
  expect(() => readWindows(readNamed(path), rows)).toThrow(
    `${path}, row 2, column 1 "timestamp": is a time stamp ("2014-07-01 00:00:00"); expected a number\n` +
      "  Say which column it is: --time timestamp; or name the model's inputs with --channels.",
  );
});

const pump = 'skab/valve1/0.csv';
test.skipIf(missing(pump) !== null)('a time stamp is named in a file with semicolons too', () => {
  expect(() => readWindows(readNamed(join(sharedData, pump)), rows)).toThrow(
    'row 2, column 1 "datetime": is a time stamp ("2020-03-09 10:14:33"); expected a number',
  );
});

test.skipIf(missing(pump) !== null)('without that column the recorded pump is read: 8 channels, anomaly and changepoint', () => {
  const text = readFileSync(join(sharedData, pump), 'utf8').replaceAll(/^[^;\n]*;/gm, '');
  const windows = read('pump.csv', text);
  expect(windows).toMatchObject({ count: text.trim().split('\n').length - 1, size: 10 });
  expect(windows.data.slice(0, 3)).toEqual(Float32Array.of(0.0265878, 0.0401113, 1.3302));
});

const readSteps = (text: string, hop: number | null = null) =>
  readWindows({ name: 'a.csv', bytes: Buffer.from(text) }, { size: 2, hop, steps: true });

test('of a model of one step, a row of two steps is a sequence; a row of one is a step of the only one', () => {
  const sequences = readSteps('1,2,3,4\n5,6,7,8\n');
  expect(sequences).toMatchObject({ count: 4, size: 2, sequence: 2 });
  expect([...sequences.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(readSteps('1,2\n3,4\n')).not.toHaveProperty('sequence');
  expect(() => readSteps('1,2,3,4\n', 2)).toThrow(
    'a.csv: has rows of 2 steps, each a sequence of its own; windows that begin every 2 rows would leave steps out\n  Leave --hop out.',
  );
});

test('a hop of one row of two columns: windows of two rows that overlap', () => {
  const windows = read('a.csv', 'x,y\n1,2\n3,4\n5,6\n', { size: 4, hop: 1 });
  expect([windows.count, ...windows.data]).toEqual([2, 1, 2, 3, 4, 3, 4, 5, 6]);
});

test('a hop longer than a window leaves values out', () => {
  const windows = read('a.f32', raw([1, 2, 3, 4, 5, 6]), { size: 1, hop: 4 });
  expect([...windows.data]).toEqual([1, 5]);
});

test('what does not fill a last window is left out, under any name of a raw file and gzipped', () => {
  for (const extension of ['bin', 'f32', 'raw', 'RAW']) {
    const windows = read(`a.${extension}.gz`, gzipSync(raw([1, 2, 3, 4, 5])), { size: 2, hop: null });
    expect([...windows.data]).toEqual([1, 2, 3, 4]);
  }
});

test.each([
  ['no window is full', 'a.csv', '1,2\n3,4\n', 8, null, 'a.csv: has 2 samples; a window needs 4\n  Give a longer recording.'],
  [
    'columns that do not fit',
    'a.csv',
    'u,v,w\n1,2,3\n',
    16,
    null,
    'a.csv: has 3 columns; expected 16, or a number that divides it: the model takes 16 values\n  Give one column per input of the model, in the order of training (found: u, v, w).',
  ],
  [
    'a stream without a size',
    'a.bin',
    raw([1, 2]),
    null,
    null,
    'a.bin: is a stream of values without rows\n  Say how many values a window has: --shape 640.',
  ],
  ['three bytes of a value', 'a.bin', new Uint8Array(7), 1, null, 'a.bin: has 7 bytes; raw f32 data has 4 bytes per value'],
  ['NaN in a raw file', 'a.f32', raw([1, Number.NaN]), 1, null, 'a.f32, value 1 (counted from 0): is NaN; values must be finite'],
  ['an empty file', 'a.csv', '', null, null, 'a.csv: is empty\n  Give a file with recorded data.'],
  [
    'an unknown extension',
    'a.xlsx',
    'PK',
    null,
    null,
    'a.xlsx: is of an unknown kind (".xlsx")\n  Name it by its content: .csv, .tsv, .txt, .npy, .npz, .bin, .f32, .raw (each also with .gz).',
  ],
  ['an extension that is a word of JavaScript', 'a.constructor', '1', null, null, 'is of an unknown kind (".constructor")'],
  ['no extension', 'data', '1', null, null, 'data: is of an unknown kind (no extension)'],
  ['text that is called gzip', 'a.csv.gz', '1,2\n', null, null, 'a.csv.gz: is not readable gzip data'],
  [
    'windows that overlap beyond memory',
    'a.bin',
    new Uint8Array(4 << 16),
    1 << 15,
    1,
    'a.bin: gives 32769 windows of 32768 values: 4.0 GiB, at most 4 fit\n  Give a larger --hop, or a shorter recording.',
  ],
] as const)('%s is explained', (_, name, content, size, hop, message) => {
  expect(() => read(name, content, { size, hop })).toThrow(message);
});
