import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiled, expectFaithful, fidelity, height, size, width } from './faithful.ts';
import { attention, imageLayers } from './layers-named.ts';
import { Layers, type RecurrentParts } from './layers-build.ts';

const recurrentParts: readonly RecurrentParts[] = (['lstm', 'gru', 'simple'] as const).flatMap((cell) =>
  [false, true].flatMap((reverse) =>
    (['sequence', 'hidden'] as const).map((output) => ({ cell, reverse, output, resetAfter: reverse })),
  ),
);

describe('one layer between the input and a dense layer', () => {
  test.each(Object.keys(imageLayers))('%s', async (name) => {
    const l = new Layers(7);
    const x = l.builder.input('x', [1, height, width, 1]);
    await expectFaithful(l.finish(imageLayers[name]!(l, l.conv(x, { out: 4 })), size), 35);
  });

  test.each(recurrentParts)('$cell, reverse $reverse, output $output', async (parts) => {
    const l = new Layers(11);
    const x = l.reshape(l.builder.input('x', [1, height, width, 1]), [1, height, width]);
    await expectFaithful(l.finish(l.recurrent(x, 9, parts), size), 30);
  });

  test('self-attention with two heads', async () => {
    const l = new Layers(3);
    const x = l.reshape(l.builder.input('x', [1, height, width, 1]), [1, height, width]);
    await expectFaithful(l.finish(attention(l, x, null), size), 20);
  });
});

test.each(['minmax', 'percentile'] as const)(
  'causal self-attention, observed by %s: what a mask hides stays hidden',
  async (observer) => {
    const l = new Layers(3);
    const x = l.reshape(l.builder.input('x', [1, height, width, 1]), [1, height, width]);
    const mask = Array.from({ length: height * height }, (_, i) => (i % height <= Math.floor(i / height) ? 1 : 0));
    const graph = l.finish(attention(l, x, mask), size);
    expect(fidelity(graph, await compiled(graph, 'simd', 'int16', observer))).toBeGreaterThan(20);
  },
);

test('stacks of random layers give the same bits on both targets, and are true to the float model', async () => {
  const stack = fc.record({
    names: fc.array(fc.constantFrom(...Object.keys(imageLayers)), { minLength: 2, maxLength: 5 }),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(stack, async ({ names, seed }) => {
      const l = new Layers(seed);
      const x = l.builder.input('x', [1, height, width, 1]);
      const top = names.reduce((y, name) => imageLayers[name]!(l, y), l.conv(x, { out: 4 }));
      await expectFaithful(l.finish(top, size), 20);
    }),
    { numRuns: 10, seed: 20_261_123 },
  );
}, 120_000);
