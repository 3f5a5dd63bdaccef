import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { storedRange } from '../../../compiler/kernels/stored.ts';
import { proveNoOverflow, type Proof } from '../../../compiler/quantize/overflow.ts';
import { activationQuantization, quantizeWeights, quantizeWideWeights } from '../../../compiler/quantize/parameters.ts';

const real = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const range = fc.tuple(real, real).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b), rms: Math.abs(a + b) / 2 }));
const dtype = fc.constantFrom('i8' as const, 'i14' as const, 'i16' as const);

describe('activations', () => {
  test('zero is exact, and every value of the range comes back within half a step', () => {
    fc.assert(
      fc.property(range, dtype, fc.double({ min: 0, max: 1, noNaN: true }), (span, type, at) => {
        const quantization = activationQuantization(span, type);
        const { low, high } = storedRange(quantization);
        expect(low).toBeLessThanOrEqual(0);
        expect(high).toBeGreaterThanOrEqual(0);
        const value = span.min + at * (span.max - span.min);
        const stored = Math.min(high, Math.max(low, Math.round(value / quantization.scale)));
        // At the ends of an asymmetric range the rounded zero point may cost another half step.
        expect(Math.abs(stored * quantization.scale - value)).toBeLessThanOrEqual(quantization.scale * 1.001 + 1e-9);
      }),
    );
  });

  test('a tensor that is always zero has scale 1', () => {
    expect(activationQuantization({ min: 0, max: 0, rms: 0 }, 'i8')).toEqual({ dtype: 'i8', scale: 1, zeroPoint: 0 });
    expect(activationQuantization({ min: 0, max: 0, rms: 0 }, 'i16')).toEqual({ dtype: 'i16', scale: 1, zeroPoint: 0 });
  });

  test('the output of a ReLU uses all 256 steps', () => {
    const quantization = activationQuantization({ min: 0, max: 25.5, rms: 9 }, 'i8');
    expect(quantization).toEqual({ dtype: 'i8', scale: Math.fround(0.1), zeroPoint: -128 });
    expect(storedRange(quantization)).toEqual({ low: 0, high: 255 });
  });
});

describe('int16 weights', () => {
  test('both parts fit int8, and together they come back within half a step', () => {
    const list = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -9, max: 9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(list, fc.float({ noNaN: true, min: -1, max: 1 }), (values, bias) => {
        const weights = Float32Array.from(values);
        const { upper, lower, scales } = quantizeWideWeights(weights, Float32Array.of(bias), 0.01);
        weights.forEach((w, i) => {
          const [high, low] = [upper.weights[i]!, lower.weights[i]!];
          expect(Math.max(Math.abs(high), Math.abs(low))).toBeLessThanOrEqual(127);
          expect(Math.abs((254 * high + low) * scales[0]! - w)).toBeLessThanOrEqual(scales[0]! * 0.5001);
        });
      }),
    );
  });
});

describe('weights', () => {
  const layer = fc
    .record({
      rows: fc.integer({ min: 1, max: 9 }),
      depth: fc.integer({ min: 1, max: 17 }),
      inputScale: fc.double({ min: 1e-6, max: 100, noNaN: true }),
    })
    .chain(({ rows, depth, inputScale }) =>
      fc.record({
        weights: fc.array(real, { minLength: rows * depth, maxLength: rows * depth }).map((values) => Float32Array.from(values)),
        bias: fc.array(real, { minLength: rows, maxLength: rows }).map((values) => Float32Array.from(values)),
        depth: fc.constant(depth),
        inputScale: fc.constant(inputScale),
      }),
    );

  test('lie in [-127, 127], come back within half a step of their own channel, and the bias fits int32', () => {
    fc.assert(
      fc.property(layer, ({ weights, bias, depth, inputScale }) => {
        const quantized = quantizeWeights(weights, bias, inputScale);
        quantized.weights.forEach((q, i) => {
          const scale = quantized.scales[Math.floor(i / depth)]!;
          expect(Math.abs(q)).toBeLessThanOrEqual(127);
          expect(Math.abs(q * scale - weights[i]!)).toBeLessThanOrEqual(scale * 0.5000001);
        });
        quantized.bias.forEach((q, o) => {
          const step = inputScale * quantized.scales[o]!;
          expect(Math.abs(q)).toBeLessThanOrEqual(2 ** 30 + 1);
          expect(Math.abs(q * step - bias[o]!)).toBeLessThanOrEqual(step * 0.5000001);
        });
      }),
    );
  });

  test('a dead channel, all weights and bias zero, stays zero', () => {
    const { weights, bias, scales } = quantizeWeights(new Float32Array(6), new Float32Array(2), 0.1);
    expect([...weights, ...bias]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...scales]).toEqual([1, 1]);
  });

  test('a channel with a bias alone keeps it to a part in a billion', () => {
    const { bias, scales } = quantizeWeights(new Float32Array(3), Float32Array.of(5), 0.1);
    expect(bias[0]! * scales[0]! * 0.1).toBeCloseTo(5, 7);
  });
});

describe('the proof that no accumulator overflows', () => {
  test('passes exactly when the extreme sums fit int32', () => {
    const problem = fc.record({
      weights: fc
        .array(fc.integer({ min: -127, max: 127 }), { minLength: 1, maxLength: 40 })
        .map((values) => Int8Array.from(values)),
      bias: fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
      zeroPoint: fc.integer({ min: -128, max: 127 }),
    });
    fc.assert(
      fc.property(problem, ({ weights, bias, zeroPoint }) => {
        const stored = { low: -128 - zeroPoint, high: 127 - zeroPoint };
        const fits = extremes(weights, bias, stored).every((sum) => Math.abs(sum) <= 2 ** 31 - 1);
        expect(verdict(weights, bias, stored)).toBe(fits ? 'fits' : 'beyond int32');
      }),
    );
  });

  test('a sum just below the limit passes and one above it does not', () => {
    const stored = { low: 0, high: 255 };
    expect(verdict(Int8Array.of(127), 2 ** 31 - 1 - 127 * 255, stored)).toBe('fits');
    expect(verdict(Int8Array.of(127), 2 ** 31 - 127 * 255, stored)).toBe('beyond int32');
  });
});

test('a layer is narrow where |x| <= 327 and |acc| < 2^25', () => {
  // 1036 * 127 * 255 = 33,550,860 < 2^25 = 33,554,432
  expect([1036, 1037].map((depth) => isNarrow(new Int8Array(depth).fill(-127), { low: 0, high: 255 }))).toEqual([true, false]);
  const biases = [2 ** 25 - 256, 2 ** 25 - 255, 256 - 2 ** 25];
  expect(biases.map((bias) => isNarrow(Int8Array.of(1), { low: 0, high: 255 }, bias))).toEqual([true, false, true]);
  expect([327, 328].map((high) => isNarrow(Int8Array.of(1), { low: 0, high }))).toEqual([true, false]);
  expect([-327, -328].map((low) => isNarrow(Int8Array.of(1), { low, high: 0 }))).toEqual([true, false]);
});

test('a layer is short where |acc| < 2^23 and no weight is -128', () => {
  // 259 * 127 * 255 = 8,387,715 < 2^23 = 8,388,608
  expect([259, 260].map((depth) => isShort(new Int8Array(depth).fill(-127), { low: 0, high: 255 }))).toEqual([true, false]);
  const biases = [2 ** 23 - 256, 2 ** 23 - 255, 1 - 2 ** 23, -(2 ** 23)];
  expect(biases.map((bias) => isShort(Int8Array.of(1), { low: 0, high: 255 }, bias))).toEqual([true, false, true, false]);
  expect(isShort(Int8Array.of(-128), { low: 0, high: 255 })).toBe(false);
});

interface Stored {
  readonly low: number;
  readonly high: number;
}

/** Least and greatest sum, each input at whichever end of its range makes it so. */
function extremes(weights: Int8Array, bias: number, { low, high }: Stored): [number, number] {
  const sum = (pick: (a: number, b: number) => number): number =>
    weights.reduce((total, w) => total + pick(w * low, w * high), bias);
  return [sum(Math.min), sum(Math.max)];
}

const isNarrow = (weights: Int8Array, stored: Stored, bias = 0): boolean => proofOf(weights, stored, bias).narrow;
const isShort = (weights: Int8Array, stored: Stored, bias = 0): boolean => proofOf(weights, stored, bias).short;

const proofOf = (weights: Int8Array, stored: Stored, bias: number): Proof =>
  proveNoOverflow('node "x"', { weights, bias: Int32Array.of(bias) }, stored);

function verdict(weights: Int8Array, bias: number, stored: Stored): string {
  try {
    proveNoOverflow('node "x"', { weights, bias: Int32Array.of(bias) }, stored);
    return 'fits';
  } catch (error) {
    return error instanceof InputError && error.what.includes('beyond int32') ? 'beyond int32' : String(error);
  }
}
