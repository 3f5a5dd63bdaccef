import { describe, expect, test } from 'vitest';
import { formats, type FormatName } from '../../../compiler/ops/number-formats.ts';

const plain = { saturate: false, direction: 'nearest' } as const;
const decodeAll = (name: FormatName): number[] => {
  const view = new DataView(Uint8Array.from({ length: 256 }, (_, i) => i).buffer);
  return Array.from({ length: 256 }, (_, i) => formats[name].decode(view, i));
};

describe.each(['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'float8e8m0'] as const)('%s', (name) => {
  const values = decodeAll(name).filter(Number.isFinite);

  test('each of its values is rounded to itself', () => {
    for (const value of values) expect(formats[name].round(value, plain)).toBe(value);
  });

  test('between two neighbours the nearer one is taken', () => {
    const sorted = [...new Set(values.filter((value) => value > 0))].toSorted((a, b) => a - b);
    for (const [i, low] of sorted.slice(0, -1).entries()) {
      const high = sorted[i + 1]!;
      expect(formats[name].round(low + 0.49 * (high - low), plain)).toBe(low);
      expect(formats[name].round(low + 0.51 * (high - low), plain)).toBe(high);
    }
  });
});

describe('values written out by hand', () => {
  test.each<[FormatName, number, number]>([
    ['float16', 65519, 65504],
    ['float16', 65520, Infinity],
    ['float16', 2 ** -25, 0],
    ['float16', 1.5 * 2 ** -24, 2 ** -23],
    ['bfloat16', 1 + 2 ** -8, 1],
    ['bfloat16', 1 + 3 * 2 ** -8, 1 + 2 ** -6],
    ['float8e4m3fn', 464, 448],
    ['float8e4m3fn', 465, Number.NaN],
    ['float8e4m3fnuz', 1000, Number.NaN],
    ['float8e5m2', 1e6, Infinity],
    ['float4e2m1', 2.5, 2],
    ['float4e2m1', -100, -6],
    ['int8', 200.9, -56],
    ['int64', -2.75, -2],
    ['uint8', -1, 255],
    ['uint4', 16, 0],
    ['int2', 2, -2],
    ['bool', -0.5, 1],
  ])('%s of %d is %d', (name, x, expected) => {
    expect(formats[name].round(x, plain)).toBe(expected);
  });

  test('8-bit floats saturate where they are asked to', () => {
    for (const [name, largest] of Object.entries({ float8e4m3fn: 448, float8e4m3fnuz: 240, float8e5m2: 57344 })) {
      expect(formats[name as FormatName].round(-Infinity, { ...plain, saturate: true })).toBe(-largest);
    }
  });

  test('powers of two are rounded up, down, or to the nearest', () => {
    const rounded = (['up', 'down', 'nearest'] as const).map((direction) =>
      formats.float8e8m0.round(1.4, { saturate: true, direction }),
    );
    expect(rounded).toEqual([2, 1, 1]);
  });

  test('elements of less than a byte begin with the lowest bits', () => {
    const view = new DataView(Uint8Array.of(0b11_10_01_00).buffer);
    expect([0, 1, 2, 3].map((i) => formats.uint2.decode(view, i))).toEqual([0, 1, 2, 3]);
    expect([0, 1, 2, 3].map((i) => formats.int2.decode(view, i))).toEqual([0, 1, -2, -1]);
    expect([0, 1].map((i) => formats.int4.decode(view, i))).toEqual([4, -2]);
  });
});
