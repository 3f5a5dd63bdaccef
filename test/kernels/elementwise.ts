import fc from 'fast-check';
import type { Problem } from './problem.ts';
import { integers } from './random.ts';

const size = fc.oneof(fc.constantFrom(1, 2, 7, 8, 9, 16, 31, 33, 64), fc.integer({ min: 1, max: 150 }));
const scale = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(1e-4), max: Math.fround(4) });
const bounds = { low: -128, high: 127 };
/** What an int8 activation can be beside its zero point, and what an int16 one can. */
const magnitude = fc.constantFrom(255, 32_767);

export const binaryProblem: fc.Arbitrary<Problem<'binary'>> = fc
  .record({
    n: size,
    fn: fc.constantFrom('add', 'sub', 'mul', 'div', 'max', 'min'),
    scaleA: scale,
    scaleB: scale,
    inverseScale: scale,
    most: magnitude,
    seed: fc.nat(),
  })
  .map(({ n, fn, scaleA, scaleB, inverseScale, most, seed }) => {
    const draw = integers(seed);
    return {
      kernel: { kind: 'binary', fn, scaleA, scaleB, inverseScale, ...bounds },
      inputs: [Int16Array.from(draw(n, -most, most)), Int16Array.from(draw(n, -most, most))],
      constants: [],
      size: n,
    };
  });

export const affineProblem: fc.Arbitrary<Problem<'affine'>> = fc
  .record({ period: size, times: fc.integer({ min: 1, max: 4 }), most: magnitude, seed: fc.nat() })
  .map(({ period, times, most, seed }) => {
    const draw = integers(seed);
    const reals = (from: number): Float32Array => Float32Array.from(draw(period, from, 1000), (value) => value / 256);
    const constant = (values: Float32Array) => ({ values, shape: [period] });
    return {
      kernel: { kind: 'affine', period, ...bounds },
      inputs: [Int16Array.from(draw(period * times, -most, most))],
      constants: [constant(reals(-1000)), constant(reals(-9999))],
      size: period * times,
    };
  });

export const dequantizeProblem: fc.Arbitrary<Problem<'dequantize'>> = fc.record({ n: size, scale, seed: fc.nat() }).map((p) => ({
  kernel: { kind: 'dequantize', scale: p.scale },
  inputs: [Int16Array.from(integers(p.seed)(p.n, -32_767, 32_767))],
  constants: [],
  size: p.n,
}));

export const joinSumsProblem: fc.Arbitrary<Problem<'joinSums'>> = fc
  .record({
    period: size,
    times: fc.integer({ min: 1, max: 4 }),
    result: fc.constantFrom('i16', 'f32'),
    seed: fc.nat(),
  })
  .map(({ period, times, result, seed }) => {
    const draw = integers(seed);
    const sums = (): Int32Array => Int32Array.from(draw(period * times, -(2 ** 24), 2 ** 24));
    const multiplier = Float32Array.from(draw(period, 1, 1000), (value) => value / 2 ** 36);
    return {
      kernel: { kind: 'joinSums', period, result, ...bounds },
      inputs: [sums(), sums()],
      constants: [{ values: multiplier, shape: [period] }],
      size: period * times,
    };
  });

export const requantizeProblem: fc.Arbitrary<Problem<'requantize'>> = fc
  .record({
    channels: fc.integer({ min: 1, max: 9 }),
    times: fc.integer({ min: 1, max: 9 }),
    rounding: fc.constantFrom('double', 'single'),
    seed: fc.nat(),
  })
  .map(({ channels, times, rounding, seed }) => {
    const draw = integers(seed);
    const constant = (low: number, high: number) => ({
      values: Int32Array.from(draw(channels, low, high)),
      shape: [channels],
    });
    return {
      kernel: { kind: 'requantize', rounding, channels, low: -217, high: 38 },
      inputs: [Int32Array.from(draw(channels * times, -(2 ** 24), 2 ** 24))],
      constants: [constant(2 ** 30, 2 ** 31 - 1), constant(-20, 3)],
      size: channels * times,
    };
  });

export const addFixedProblem: fc.Arbitrary<Problem<'addFixed'>> = fc
  .record({ n: size, rounding: fc.constantFrom('double', 'single'), seed: fc.nat() })
  .map(({ n, rounding, seed }) => {
    const draw = integers(seed);
    const fixed = (low: number, high: number) => ({ mantissa: draw(1, 2 ** 30, 2 ** 31 - 1)[0]!, shift: draw(1, low, high)[0]! });
    return {
      kernel: { kind: 'addFixed', rounding, a: fixed(-4, 0), b: fixed(-4, 0), out: fixed(-20, -16), ...bounds },
      inputs: [Int16Array.from(draw(n, -255, 255)), Int16Array.from(draw(n, -255, 255))],
      constants: [],
      size: n,
    };
  });
