import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KernelKind } from '../../runtime-js/artifact/kernel.ts';
import { definitionOf } from '../../compiler/kernels/interpret.ts';
import { normalQuantiles } from '../../compiler/plan/normal.ts';
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
