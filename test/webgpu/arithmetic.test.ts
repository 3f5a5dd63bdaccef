import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activation } from '../../compiler/kernels/define.ts';
import { highProduct, multiplyDouble, multiplySingle, reciprocal, saturated } from '../../compiler/kernels/fixed-point.ts';
import { clamp, roundHalfEven } from '../../compiler/kernels/rounding.ts';
import { openDevice, type Device } from '../../runtime-js/webgpu/device.ts';
import { eachValue } from '../../runtime-js/webgpu/each.ts';
import type { Layout } from '../../runtime-js/webgpu/layout.ts';
import { Pipelines } from '../../runtime-js/webgpu/pipelines.ts';
import { random } from '../random.ts';
import { gpuOfTest, missingGpu } from './gpu.ts';
import { runJobs } from './run.ts';

const pairs = 20_000;

/** Floats of any exponent, of near ones, and what has no exponent: zeros, the least, the greatest, infinities, NaN, ties. */
const special = [0, 0x8000_0000, 1, 0x007f_ffff, 0x0080_0000, 0x7f7f_ffff, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x3f80_0000];

function singles(seed: number, narrow: boolean): Float32Array {
  const next = random(seed);
  const bits = new Uint32Array(pairs).map(() => {
    const word = next();
    if (next() % 8 === 0) return special[word % special.length]!;
    // Few bits, so that sums and products meet ties.
    const mantissa = next() % 2 === 0 ? word & 0x007f_ffff : word & 0x0078_0001;
    const exponent = narrow ? 100 + (next() % 54) : next() & 255;
    return ((word & 0x8000_0000) | (exponent << 23) | mantissa) >>> 0;
  });
  return new Float32Array(bits.buffer);
}

/** Doubles as sums of squares and their quotients are: with 24 bits or all, between 2^-80 and 2^80; 0, infinities, NaN. */
function doubles(seed: number): Float64Array<ArrayBuffer> {
  const next = random(seed);
  return Float64Array.from({ length: pairs }, () => {
    const pick = next() % 32;
    if (pick < 4) return [0, -0, Infinity, -Infinity, NaN, 1, 3][next() % 7]!;
    const mantissa = pick % 2 === 0 ? next() : next() * 2 ** 21 + (next() >>> 11);
    return (next() % 2 === 0 ? 1 : -1) * mantissa * 2 ** ((next() % 110) - 80);
  });
}

interface Operation<T> {
  /** WGSL of an expression; x and y are bits. */
  readonly wgsl: string;
  readonly js: (x: T, y: T) => number;
}

const { fround } = Math;
const ofSingles: readonly Operation<number>[] = [
  { wgsl: 'f_add(x, y)', js: (x, y) => fround(x + y) },
  { wgsl: 'f_subtract(x, y)', js: (x, y) => fround(x - y) },
  { wgsl: 'f_multiply(x, y)', js: (x, y) => fround(x * y) },
  { wgsl: 'f_divide(x, y)', js: (x, y) => fround(x / y) },
  { wgsl: 'f_clamp(x, 0xc2c80000u, 0x42c80000u)', js: (x) => clamp(x, -100, 100) },
  {
    wgsl: 'f_from_integer(round_clamped(x, 0xc7000000u, 0x46fffe00u))',
    js: (x) => roundHalfEven(clamp(x, -32_768, 32_767)),
  },
];

const ofIntegers: readonly Operation<number>[] = [
  { wgsl: 'f_from_integer(i32(x))', js: (x) => fround(x) },
  { wgsl: 'u32(high_product(i32(x), i32(y)))', js: highProduct },
  { wgsl: 'u32(multiply_double(i32(x), i32(y), -9))', js: (x, y) => multiplyDouble(x, y, -9) },
  { wgsl: 'u32(multiply_single(i32(x), i32(y), 3))', js: (x, y) => saturated(multiplySingle(x, y, 3)) },
  { wgsl: 'u32(reciprocal(i32(x & 0x7fffffffu)))', js: (x) => reciprocal(x & 0x7fff_ffff) },
];

/** Of each the f32 that it rounds to, its low word and its high word. */
const ofDoubles: readonly Operation<number>[] = [
  { wgsl: 'd_add(x, y)', js: (x, y) => x + y },
  { wgsl: 'd_subtract(x, y)', js: (x, y) => x - y },
  { wgsl: 'd_multiply(x, y)', js: (x, y) => x * y },
  { wgsl: 'd_divide(x, y)', js: (x, y) => x / y },
  { wgsl: 'd_root(vec2<u32>(x.x, x.y & F_MAGNITUDE))', js: (x) => Math.sqrt(Math.abs(x)) },
];

const layout = (size: number): Layout => ({ kind: 'word', size, integer: false });

const cases = (operations: readonly Operation<number>[], ending = ''): string =>
  operations.map(({ wgsl }, i) => `case ${i}u: { return (${wgsl})${ending}; }`).join('\n    ');

describe.skipIf(missingGpu() !== null)('on a device', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice({ gpu: gpuOfTest() });
  });
  afterAll(() => device.dispose());

  /** What `functions`, which defines `value`, gives of two lists. */
  async function results(functions: string, a: Float32Array, b: Float32Array, size: number): Promise<Activation> {
    const output = layout(size);
    const pass = { program: eachValue(output, functions), reads: { a: 'a', b: 'b' }, writes: 'out', constants: null };
    const buffers = [layout(a.length), layout(b.length), output];
    const given = new Map([a, b].map((values, i) => [i, values]));
    const job = { windows: 1, buffers, steps: [{ pass, reads: { a: 0, b: 1 }, writes: 2 }], given, wanted: [2] };
    return (await runJobs(device.device, new Pipelines(device.device, 'packed'), [job]))[0]![0]!;
  }

  test.each([
    ['of any size', false],
    ['of about the same size', true],
  ])('singles %s: sums, products, quotients, clamps and integers are those of IEEE, bit for bit', async (_, narrow) => {
    const [a, b] = [singles(20_261_126, narrow), singles(7, narrow)];
    const functions = `fn value(window: u32, i: u32) -> u32 {
  let x = a_at(window, i % ${pairs}u);
  let y = b_at(window, i % ${pairs}u);
  switch i / ${pairs}u {
    ${cases(ofSingles)}
    default: { return 0u; }
  }
}`;
    const found = await results(functions, a, b, ofSingles.length * pairs);
    for (const [i, { wgsl, js }] of ofSingles.entries()) {
      const expected = Float32Array.from(a, (x, at) => js(x, b[at]!));
      expect(mismatch(found.subarray(i * pairs, (i + 1) * pairs), expected, [a, b], wgsl)).toBeNull();
    }
  });

  test('integers: conversion and fixed point are those of the references', async () => {
    const [a, b] = [random(3), random(5)].map((next) => Int32Array.from({ length: pairs }, () => next() >> (next() % 24)));
    const functions = `fn value(window: u32, i: u32) -> u32 {
  let x = a_at(window, i % ${pairs}u);
  let y = b_at(window, i % ${pairs}u);
  switch i / ${pairs}u {
    ${cases(ofIntegers)}
    default: { return 0u; }
  }
}`;
    const asFloats = [a!, b!].map((values) => new Float32Array(values.buffer));
    const found = await results(functions, asFloats[0]!, asFloats[1]!, ofIntegers.length * pairs);
    const bits = new Int32Array(found.buffer);
    for (const [i, { wgsl, js }] of ofIntegers.entries()) {
      const numbers = Array.from(a!, (x, at) => js(x, b![at]!));
      const expected = i === 0 ? new Int32Array(Float32Array.from(numbers).buffer) : Int32Array.from(numbers);
      expect(mismatch(bits.subarray(i * pairs, (i + 1) * pairs), expected, [a!, b!], wgsl)).toBeNull();
    }
  });

  test('doubles out of words: sums, products, quotients and roots are those of IEEE, bit for bit, and their f32', async () => {
    const [a, b] = [doubles(11), doubles(13)];
    const functions = `fn result(i: u32, x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  switch i {
    ${cases(ofDoubles)}
    default: { return vec2<u32>(); }
  }
}
fn value(window: u32, i: u32) -> u32 {
  let at = 2u * (i % ${pairs}u);
  let x = vec2<u32>(a_at(window, at), a_at(window, at + 1u));
  let y = vec2<u32>(b_at(window, at), b_at(window, at + 1u));
  let part = i / ${pairs}u;
  let r = result(part / 3u, x, y);
  if (part % 3u == 0u) { return d_to_single(r); }
  return select(r.y, r.x, part % 3u == 1u);
}`;
    const size = 3 * ofDoubles.length * pairs;
    const found = new Uint32Array(
      (await results(functions, new Float32Array(a.buffer), new Float32Array(b.buffer), size)).buffer,
    );
    for (const [i, { wgsl, js }] of ofDoubles.entries()) {
      const part = (of: number): Uint32Array => found.subarray((3 * i + of) * pairs, (3 * i + of + 1) * pairs);
      const doubled = Float64Array.from({ length: pairs }, (_, at) => doubleOf(part(1)[at]!, part(2)[at]!));
      const expected = Float64Array.from(a, (x, at) => js(x, b[at]!));
      expect(mismatch(doubled, expected, [a, b], wgsl)).toBeNull();
      const single = new Float32Array(part(0).slice().buffer);
      expect(mismatch(single, Float32Array.from(expected), [a, b], `${wgsl} as f32`)).toBeNull();
    }
  });
});

const view = new DataView(new ArrayBuffer(8));
function doubleOf(low: number, high: number): number {
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

/** The first result that is another number, with what it was computed from; null: none. -0 and 0 differ. */
function mismatch(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  of: readonly ArrayLike<number>[],
  what: string,
): string | null {
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(found[i], expected[i])) continue;
    return `${what}: ${found[i]} where ${expected[i]} is right, of ${of[0]![i]} and ${of[1]![i]}`;
  }
  return found.length === expected.length ? null : `${what}: ${found.length} results, not ${expected.length}`;
}
