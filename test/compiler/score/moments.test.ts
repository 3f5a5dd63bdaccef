import { describe, expect, test } from 'vitest';
import { invert, Moments, shrink, triangleSize } from '../../../compiler/score/moments.ts';
import { quadraticForm } from '../../../compiler/score/quadratic.ts';
import { numbers } from '../read/layers-models.ts';

/** numpy.random.seed(0); numpy.random.multivariate_normal([0, 0], [[0.4, 0.2], [0.2, 0.8]], 50): the example of sklearn.covariance.LedoitWolf. */
const example = [
  0.8425, 1.44509, 1.51786, 0.36667, 0.16304, 1.8318, 0.26287, 0.85737, 0.17652, -0.17809, 0.80845, -0.18838, 0.33695, 0.63441,
  0.33321, 0.31339, 0.43048, 1.34119, -0.33182, 0.45584, -0.5779, -2.35705, -0.07532, 0.91034, 0.05943, 2.28375, -0.08094,
  0.08006, 1.31564, 1.0139, 0.25247, 0.05301, -1.34983, -0.34377, -0.04375, -0.33571, 1.06797, 0.80885, -0.29656, -0.27108,
  -1.11586, -0.60419, 0.40147, -1.90159, -0.41118, -0.348, -0.04594, -1.25508, -0.69099, -1.35513, -0.12068, -0.86071, -0.79795,
  -0.18897, 0.21273, -0.11678, 0.18129, -0.00745, -0.41682, -0.47246, -0.42887, -0.50626, -1.19056, -0.33383, -0.14525, 0.24061,
  -0.34538, -1.51487, -0.29921, -0.7988, 0.32927, 0.60511, -0.23279, 1.25521, -0.21164, 0.49685, -0.61429, -0.63117, -0.0828,
  -0.28256, 0.04975, -1.20558, -0.63187, 0.73531, 1.52156, 0.88332, 0.33024, 1.06204, 0.16362, -1.15674, 0.49107, -0.61344,
  0.58303, -0.02968, 0.49577, 0.15708, 0.93296, -0.37577, 0.25479, 0.02353,
];

test('Ledoit-Wolf as scikit-learn documents it: [[0.4406, 0.1616], [0.1616, 0.8022]]', () => {
  const mean = [0, 1].map((c) => example.filter((_, i) => i % 2 === c).reduce((sum, value) => sum + value / 50, 0));
  const centred = Array.from({ length: 50 }, (_, i) => [example[2 * i]! - mean[0]!, example[2 * i + 1]! - mean[1]!] as const);
  const moment = (term: (v: readonly [number, number]) => number): number => centred.reduce((sum, v) => sum + term(v) / 50, 0);
  const xy = moment(([x, y]) => x * y);
  const moments = Float64Array.of(
    moment(([x]) => x * x),
    xy,
    xy,
    moment(([, y]) => y * y),
  );
  const fourth = moment(([x, y]) => (x * x + y * y) ** 2);
  const shrunk = shrink(moments, 2, fourth, 50);
  // The example prints four digits, cut off.
  expect(Array.from(shrunk, (value) => Math.floor(value * 1e4) / 1e4)).toEqual([0.4406, 0.1616, 0.1616, 0.8022]);
});

test('a matrix times its inverse is one', () => {
  const n = 12;
  const root = numbers(n * n, 3);
  const matrix = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < n; k++) sum += root[i * n + k]! * root[j * n + k]!;
    return sum;
  });
  const inverse = invert(matrix, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += matrix[i * n + k]! * inverse[k * n + j]!;
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 10);
    }
  }
});

/** In other units. */
const scaled = (v: Float32Array): Float32Array => v.map((value, i) => value * 1.5 ** i);

describe('moments of vectors whose values go together', () => {
  const [n, count] = [6, 400];
  const vectors = Array.from({ length: count }, (_, k) => {
    const [common, own] = [numbers(1, 2 * k + 1)[0]!, numbers(n, 2 * k + 2)];
    return own.map((value) => 0.3 * value + common);
  });
  const inverseOf = (list: readonly Float32Array[]): Float32Array => {
    const moments = new Moments(n);
    for (const vector of list) moments.look(vector);
    return Float32Array.from(moments.inverse());
  };
  const form = (inverse: Float32Array, v: ArrayLike<number>): number => quadraticForm(n, inverse, (i) => v[i]!) / n;

  test('the mean over them is about 1', () => {
    const inverse = inverseOf(vectors);
    const mean = vectors.reduce((sum, vector) => sum + form(inverse, vector) / count, 0);
    // Shrinking makes it a little smaller.
    expect(mean).toBeGreaterThan(0.97);
    expect(mean).toBeLessThanOrEqual(1.001);
  });

  test('one that does not go with the others is far, where each value alone is as usual', () => {
    const inverse = inverseOf(vectors);
    expect(form(inverse, [0.6, 0.6, 0.6, 0.6, 0.6, 0.6])).toBeLessThan(1);
    expect(form(inverse, [0.6, 0.6, 0.6, 0.6, 0.6, -0.6])).toBeGreaterThan(5);
  });

  test('units do not matter', () => {
    const [inverse, other] = [inverseOf(vectors), inverseOf(vectors.map(scaled))];
    expect(form(other, scaled(vectors[7]!))).toBeCloseTo(form(inverse, vectors[7]!), 5);
  });

  test('fewer vectors than values, and a value that never varies: finite all the same', () => {
    const few = inverseOf(vectors.slice(0, 3).map((vector) => vector.with(2, 0)));
    expect(few).toHaveLength(triangleSize(n));
    expect(few.every(Number.isFinite)).toBe(true);
    expect(form(few, [0, 0, 0.1, 0, 0, 0])).toBeGreaterThan(0);
  });
});
