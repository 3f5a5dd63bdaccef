import { strToU8, zipSync } from 'fflate';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { readNamed } from '../../../compiler/files.ts';
import { bytesOf, npy } from './npy.ts';

const rows = { size: null, hop: null };
const read = (name: string, bytes: Uint8Array, size: number | null = null) => readWindows({ name, bytes }, { size, hop: null });
const [one, two] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)];
const archive = zipSync({ 'normal.npy': npy('<f4', [2, 2], bytesOf(one)), 'broken.npy': npy('<f4', [1, 2], bytesOf(two)) });

test('a recording that numpy wrote: 4 channels at 0.1 mm/s2, windows of 300 samples', () => {
  const path = 'examples/gearbox/recordings/h30hz0.npy.gz';
  const windows = readWindows(readNamed(path), { size: 1200, hop: null });
  expect(windows).toMatchObject({ name: path, size: 1200, columns: null });
  expect(windows.data).toHaveLength(windows.count * 1200);
});

test.each([
  ['f4', Float32Array],
  ['f8', Float64Array],
  ['i1', Int8Array],
  ['i2', Int16Array],
  ['i4', Int32Array],
  ['u1', Uint8Array],
  ['u2', Uint16Array],
  ['u4', Uint32Array],
] as const)('dtype %s, [2 x 3], in both byte orders', (type, Values) => {
  const values = Values.from([1, 2, 3, 4, 5, type.startsWith('u') ? 200 : -6]);
  const expected = { count: 2, size: 3, data: Float32Array.from(values) };
  expect(read('a.npy', npy(`<${type}`, [2, 3], bytesOf(values)))).toMatchObject(expected);
  const swapped = bytesOf(values).slice();
  const width = values.BYTES_PER_ELEMENT;
  for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
  expect(read('a.npy', npy(`>${type}`, [2, 3], swapped))).toMatchObject(expected);
});

test('dtypes i8 and u8, 64 bits, are read as numbers', () => {
  expect([...read('a.npy', npy('<i8', [1, 2], bytesOf(BigInt64Array.of(-5n, 1n << 40n)))).data]).toEqual([-5, 2 ** 40]);
  expect([...read('a.npy', npy('<u8', [1, 2], bytesOf(BigUint64Array.of(5n, 1n << 63n)))).data]).toEqual([5, 2 ** 63]);
});

test('Fortran order, [2 x 3] and [2 x 3 x 2], is turned to rows', () => {
  const byColumns = Float32Array.of(11, 21, 12, 22, 13, 23);
  expect([...read('a.npy', npy('<f4', [2, 3], bytesOf(byColumns), true)).data]).toEqual([11, 12, 13, 21, 22, 23]);
  const cube = Float32Array.of(111, 211, 121, 221, 131, 231, 112, 212, 122, 222, 132, 232);
  expect([...read('a.npy', npy('<f4', [2, 3, 2], bytesOf(cube), true)).data]).toEqual([
    111, 112, 121, 122, 131, 132, 211, 212, 221, 222, 231, 232,
  ]);
});

test('an array of one axis is a stream, of three axes one window per first index', () => {
  expect(read('a.npy', npy('<f4', [4], bytesOf(one)), 2)).toMatchObject({ count: 2, size: 2 });
  expect(read('a.npy', npy('<f4', [1, 2, 2], bytesOf(one)))).toMatchObject({ count: 1, size: 4 });
});

test('an archive of one array needs no name', () => {
  const single = zipSync({ 'arr_0.npy': npy('<f4', [2, 2], bytesOf(one)) });
  expect(read('a.npz', single).data).toEqual(one);
  expect(read('a.npz.gz', gzipSync(single)).data).toEqual(one);
});

test('of several arrays the one is read that the name tells', () => {
  expect(read('a.npz:normal', archive).data).toEqual(one);
  expect(read('a.npz:broken', archive)).toMatchObject({ name: 'a.npz:broken', data: two });
});

test.each([
  [
    'several arrays and no name',
    'a.npz',
    archive,
    'a.npz: holds 2 arrays (normal, broken); expected one\n  Name the one to read: a.npz:normal',
  ],
  [
    'a typo in the name',
    'a.npz:normle',
    archive,
    'a.npz:normle: there is no array "normle"; the archive holds 2 arrays (normal, broken)\n  Did you mean "normal"?',
  ],
  [
    'no arrays',
    'a.npz',
    zipSync({ 'readme.txt': strToU8('hello') }),
    'a.npz: holds no arrays; expected one\n  Save the windows with numpy.savez.',
  ],
  ['no archive', 'a.npz', strToU8('1,2\n'), 'a.npz: is not a readable .npz archive'],
  ['a truncated archive', 'a.npz', archive.subarray(0, archive.length - 30), 'a.npz: is not a readable .npz archive'],
  ['no .npy', 'a.npy', strToU8('1,2,3,4,5,6,7\n'), 'a.npy: is not a .npy file\n  Save the array with numpy.save.'],
  [
    'a truncated array',
    'a.npy',
    npy('<f4', [2, 2], bytesOf(one)).subarray(0, -1),
    'a.npy: shape (2, 2) of f4 needs 16 bytes of data, found 15\n  The file looks truncated: copy it again.',
  ],
  [
    'a truncated header',
    'a.npy',
    npy('<f4', [2, 2], bytesOf(one)).subarray(0, 40),
    'a.npy: its header of 118 bytes runs past the end at 40',
  ],
  [
    'complex numbers',
    'a.npy',
    npy('<c8', [2], bytesOf(one)),
    'a.npy: has dtype c8; expected one of f4, f8, i1, u1, i2, u2, i4, u4, i8, u8\n  Convert it with .astype("float32").',
  ],
  ['objects', 'a.npy', npy('|O', [2], bytesOf(one)), 'a.npy: has dtype O; expected one of f4'],
  ['strings', 'a.npy', npy('<U4', [1], bytesOf(one)), 'a.npy: has dtype U4; expected one of f4'],
  ['half precision', 'a.npy', npy('<f2', [8], bytesOf(one)), 'a.npy: has dtype f2; expected one of f4'],
  ['named fields', 'a.npy', npy("', [('a', '<f4')], '", [4], bytesOf(one)), 'a.npy: is not an array of numbers'],
  [
    'no values',
    'a.npy',
    npy('<f4', [0, 16], new Uint8Array(0)),
    'a.npy: has shape (0, 16): no values\n  Save an array of at least one window.',
  ],
  [
    'a shape beyond any file',
    'a.npy',
    npy('<f4', [1e15, 1e15], bytesOf(one)),
    'a.npy: shape (1000000000000000, 1000000000000000) of f4 needs',
  ],
  [
    'NaN',
    'a.npy',
    npy('<f4', [2, 2], bytesOf(one.with(3, Number.NaN))),
    'a.npy, row 1 (counted from 0), column 2: is NaN; values must be finite',
  ],
  [
    'more than f32 holds',
    'a.npy',
    npy('<f8', [1, 2], bytesOf(Float64Array.of(1, 1e39))),
    'a.npy, row 0 (counted from 0), column 2: is Infinity',
  ],
] as const)('%s is explained', (_, name, bytes, message) => {
  expect(() => readWindows({ name, bytes }, rows)).toThrow(message);
});
