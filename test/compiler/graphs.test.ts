import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileGraph } from '../../compiler/compile.ts';
import { settle } from '../../compiler/options.ts';
import { elementwise, type Elementwise } from '../../compiler/ops/elementwise.ts';
import { floatGraphBuilder, type FloatGraph } from '../../compiler/ops/float-graph.ts';
import { loadBytes } from '../../runtime-js/model.ts';

/** 64 rows of real features, 16 columns, scaled to about one. */
const rows = readFileSync('examples/gearbox/normal.csv', 'utf8')
  .split('\n')
  .slice(1, 65)
  .map((row) => row.split(',').map((value) => Number(value) / 500));

const activations: readonly (Elementwise | null)[] = [
  null,
  { fn: 'relu', parameters: [] },
  { fn: 'relu6', parameters: [] },
  { fn: 'leakyRelu', parameters: [0.2] },
  { fn: 'elu', parameters: [1] },
  { fn: 'sigmoid', parameters: [] },
  { fn: 'tanh', parameters: [] },
];

interface Layer {
  readonly width: number;
  readonly activation: Elementwise | null;
  readonly dead: boolean;
}

/** A dense autoencoder with seeded weights; a `dead` layer has a channel without weights and bias, and one with a bias alone. */
function build(size: number, hidden: readonly Layer[], last: Elementwise | null, scaled: boolean, seed: number): FloatGraph {
  let state = seed | 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const builder = floatGraphBuilder('generated');
  let x = builder.input('x', [1, size]);
  if (scaled) {
    const scale = builder.constant('scale', { shape: [size], data: Float32Array.from({ length: size }, () => 1 + next() / 2) });
    const offset = builder.constant('offset', { shape: [size], data: Float32Array.from({ length: size }, next) });
    x = builder.node({ kind: 'affine' }, 'scaling', [x, scale, offset]);
  }
  for (const [i, { width, activation, dead }] of [...hidden, { width: size, activation: last, dead: false }].entries()) {
    const depth = builder.type(x).shape.at(-1)!;
    const data = Float32Array.from({ length: width * depth }, (_, at) =>
      dead && at < 2 * depth ? 0 : next() / Math.sqrt(depth),
    );
    const w = builder.constant(`w${i}`, { shape: [width, depth], data });
    const b = builder.constant(`b${i}`, {
      shape: [width],
      data: Float32Array.from({ length: width }, (_, o) => (dead && o === 0 ? 0 : next() / 4)),
    });
    x = builder.node({ kind: 'dense', activation: null }, `dense${i}`, [x, w, b]);
    if (activation !== null) x = builder.node({ kind: 'elementwise', ...activation }, `activation${i}`, [x]);
  }
  return builder.finish([x]);
}

async function compileRandom(graph: FloatGraph, size: number, target: 'simd' | 'scalar') {
  const data = Float32Array.from({ length: 64 * size }, (_, i) => rows[Math.floor(i / size)]![i % 16]!);
  const model = { name: 'generated.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
  const settled = settle({
    model,
    data: { name: 'rows', data, count: 64, size, columns: null },
    target,
    allowPoorFit: true,
    batch: 3,
  });
  const { artifact, manifest } = await compileGraph(graph, 'generated', settled);
  return { data, manifest, model: await loadBytes(artifact, 'generated') };
}

const activation = fc.constantFrom(...activations);
const layer = fc.record({
  width: fc.oneof(fc.constantFrom(1, 2, 7, 8, 16, 31, 33), fc.integer({ min: 1, max: 70 })),
  activation,
  dead: fc.boolean(),
});

describe('random dense autoencoders', () => {
  test('compile on both targets to the same bits, which compile() checks against the integer reference', async () => {
    const problem = fc.record({
      size: fc.integer({ min: 1, max: 40 }),
      hidden: fc.array(layer, { maxLength: 4 }),
      last: activation,
      scaled: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(problem, async ({ size, hidden, last, scaled, seed }) => {
        const graph = build(size, hidden, last, scaled, seed);
        const simd = await compileRandom(graph, size, 'simd');
        const scalar = await compileRandom(graph, size, 'scalar');
        expect(simd.model.runBatch(simd.data)).toEqual(scalar.model.runBatch(scalar.data));
        expect(simd.model.reconstruction).toEqual(scalar.model.reconstruction);
      }),
      { numRuns: 12, seed: 20_261_123 },
    );
  }, 120_000);

  test.each(activations.slice(1).map((a) => [a!.fn, a!] as const))(
    '%s as last activation is reconstructed without int8 rounding',
    async (_, last) => {
      const graph = build(16, [{ width: 24, activation: { fn: 'relu', parameters: [] }, dead: false }], last, false, 5);
      const linear = build(16, [{ width: 24, activation: { fn: 'relu', parameters: [] }, dead: false }], null, false, 5);
      const { model, data } = await compileRandom(graph, 16, 'simd');
      const { model: before } = await compileRandom(linear, 16, 'simd');
      for (let i = 0; i < 64; i++) {
        const window = data.subarray(16 * i, 16 * i + 16);
        model.run(window);
        before.run(window);
        const exact = elementwise.evaluate(last, [{ shape: [16], data: before.reconstruction }], [16]).data;
        const worst = exact.reduce((max, value, j) => Math.max(max, Math.abs(value - model.reconstruction[j]!)), 0);
        // Straight lines of 1/16: h^2/8 times the largest second derivative, which is 1 (ELU at 0-) or less.
        expect(worst).toBeLessThan((1 / 16) ** 2 / 8 + 1e-6);
      }
    },
  );

  test('a model without a hidden layer has no latent code, and says so', async () => {
    const { model, manifest } = await compileRandom(build(5, [], null, false, 3), 5, 'simd');
    expect(manifest.latent).toBeNull();
    expect(() => model.encode([1, 2, 3, 4, 5])).toThrow('has no latent code');
  });
});
