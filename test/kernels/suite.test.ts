import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KernelKind } from '../../runtime-js/artifact/kernel.ts';
import { definitionOf } from '../../compiler/kernels/interpret.ts';
import { normalQuantiles } from '../../compiler/plan/normal.ts';
import { scores } from '../../compiler/score/index.ts';
import { fnv1aWords } from '../../runtime-js/artifact/checksum.ts';
import { problems, type Problem } from './problem.ts';
import { loadKernels, runOn, type KernelModule } from './target.ts';

const runs = 150;

describe.each(['simd', 'scalar'] as const)('target %s', (target) => {
  let kernels: KernelModule;
  beforeAll(async () => {
    kernels = await loadKernels(target);
  });

  test.each(Object.keys(problems) as KernelKind[])('%s equals its plain reference, bit for bit, over random shapes', (kind) => {
    const arbitrary = problems[kind] as fc.Arbitrary<Problem<KernelKind>>;
    fc.assert(
      fc.property(arbitrary, (problem) => {
        const expected = definitionOf(problem.kernel).reference(
          problem.kernel,
          problem.inputs,
          problem.constants.map(({ values }) => values),
          problem.size,
          {},
        );
        expect(bits(runOn(kernels, problem))).toEqual(bits(expected));
      }),
      { numRuns: runs, seed: 20_261_123 },
    );
  });

  test.each(['mse', 'mae', 'max', 'weighted'] as const)(
    'score %s equals its reference, bit for bit, and so do the errors',
    (name) => {
      const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
      const pair = fc
        .integer({ min: 1, max: 150 })
        .chain((n) => fc.tuple(fc.array(value, { minLength: n, maxLength: n }), fc.array(value, { minLength: n, maxLength: n })));
      fc.assert(
        fc.property(pair, ([a, b]) => {
          const [x, y, errors] = [Float32Array.from(a), Float32Array.from(b), new Float32Array(a.length)];
          const memory = new Float32Array(kernels.memory.buffer);
          memory.fill(0, 0, 1024);
          memory.set(x, 0);
          memory.set(y, 256);
          const weights = Float32Array.from(x, (__, i) => 0.1 + (i % 7));
          memory.set(weights, 768);
          const given = scores[name].weighs ? ['3072'] : [];
          const found = kernels.call({ module: '', name, args: ['0', '1024', '2048', `${x.length}`, ...given] });
          expect(found).toBe(scores[name].reference(x, y, errors, weights));
          expect(memory.slice(512, 512 + x.length)).toEqual(errors);
        }),
        { numRuns: runs, seed: 20_261_123 },
      );
    },
  );

  test('a NaN in the reconstruction never hides in a score', () => {
    const memory = new Float32Array(kernels.memory.buffer);
    for (const name of ['mse', 'mae', 'max']) {
      memory.fill(0, 0, 1024);
      memory.fill(1, 0, 9);
      memory[256 + 4] = Number.NaN;
      expect(kernels.call({ module: '', name, args: ['0', '1024', '2048', '9'] })).toBeNaN();
    }
  });

  test('drawn values are normal: mean, variance, and how many lie within one and two standard deviations', () => {
    const table = normalQuantiles();
    const [n, out] = [100_000, 4096];
    new Float32Array(kernels.memory.buffer).set(table, 0);
    kernels.call({ module: '', name: 'sample_normal', args: ['1', `${out}`, `${n}`, '0'] });
    const values = new Float32Array(kernels.memory.buffer, out, n);
    const share = (within: number): number => values.filter((value) => Math.abs(value) < within).length / n;
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / n - mean ** 2;
    // Three standard errors of 100,000 values; the table ends at 3.1, which takes 0.4 % off the variance.
    expect(Math.abs(mean)).toBeLessThan(3 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(3 * Math.sqrt(2 / n) + 0.004);
    expect(Math.abs(share(1) - 0.682_69)).toBeLessThan(3 * Math.sqrt((0.683 * 0.317) / n));
    expect(Math.abs(share(2) - 0.954_5)).toBeLessThan(3 * Math.sqrt((0.955 * 0.045) / n));
  });

  test('the checksum of the module is that of the host', () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 73) ^ (i >> 3));
    new Uint8Array(kernels.memory.buffer).set(bytes, 0);
    expect(kernels.call({ module: '', name: 'fnv1a_words', args: ['0', '4096'] }) >>> 0).toBe(fnv1aWords(bytes));
  });
});

/** Values as bits, so that -0 and 0 differ. */
const bits = (values: Int16Array | Int32Array | Float32Array): number[] => [
  ...new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
];
