import { zipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { InputError } from '../../../compiler/error.ts';
import { bytesOf, npy } from './npy.ts';

const start = readFileSync('examples/gearbox/normal.csv').subarray(0, 20_000);
const csv = start.subarray(0, start.lastIndexOf('\n') + 1);
const features = csv
  .toString()
  .split('\n')
  .slice(1, -1)
  .flatMap((line) => line.split(',').map(Number));
const array = npy('<f4', [features.length / 16, 16], bytesOf(Float32Array.from(features)));
const archive = zipSync({ 'normal.npy': array, 'broken.npy': array });

const files: readonly (readonly [string, Uint8Array])[] = [
  ['a.csv', csv],
  ['a.csv.gz', gzipSync(csv)],
  ['a.npy', array],
  ['a.npz:broken', archive],
  ['a.npz.gz:broken', gzipSync(archive)],
  ['a.f32', bytesOf(Float32Array.from(features))],
];

/** Whether the file is read as windows of finite numbers or refused with an explanation: any other error is a fault. */
function readOrRefused(name: string, bytes: Uint8Array): boolean {
  try {
    const { data, count, size } = readWindows({ name, bytes }, { size: 16, hop: null });
    return data.length === count * size && data.every(Number.isFinite);
  } catch (error) {
    return error instanceof InputError;
  }
}

test.each(files)('%s, whole, is read', (name, bytes) => {
  expect(readWindows({ name, bytes }, { size: 16, hop: null }).count).toBe(Math.floor(features.length / 16));
});

test.each(files)('%s, truncated anywhere, is read or refused with an explanation', (name, bytes) => {
  fc.assert(
    fc.property(fc.nat(bytes.length), (length) => {
      expect(readOrRefused(name, bytes.subarray(0, length))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test.each(files)(
  '%s with up to 8 bytes changed, half of them near an end, is read or refused with an explanation',
  (name, bytes) => {
    const near = fc.integer({ min: -200, max: 199 }).map((at) => (at + bytes.length) % bytes.length);
    const place = fc.oneof(near, fc.nat(bytes.length - 1));
    const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        expect(readOrRefused(name, damaged)).toBe(true);
      }),
      { numRuns: 500 },
    );
  },
);

test('an archive whose directory claims 3 GiB for 4 KB is refused before memory is taken', () => {
  const bomb = Buffer.from(zipSync({ 'a.npy': array }));
  const entry = bomb.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  bomb.writeUInt32LE(3 * 2 ** 30, entry + 24);
  expect(() => readWindows({ name: 'a.npz', bytes: bomb }, { size: 16, hop: null })).toThrow(
    /^a\.npz: is not a readable \.npz archive: "a\.npy" claims 3221225472 bytes; at most \d+ are read/,
  );
});

test('a gzip file that would unfold to more than the limit is stopped', () => {
  const bytes = gzipSync(Buffer.alloc(1 << 22, '1\n'));
  expect(() => readWindows({ name: 'a.csv.gz', bytes: bytes.subarray(0, bytes.length - 1) }, { size: 1, hop: null })).toThrow(
    'a.csv.gz: is not readable gzip data: unexpected end of file',
  );
});
