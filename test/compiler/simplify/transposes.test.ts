import { expect, test } from 'vitest';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { simplify } from '../../../compiler/simplify/index.ts';
import { ad01Windows, relativeDifference } from '../../data.ts';
import { Layers } from '../layers-build.ts';

const inputs = ad01Windows().slice(0, 3);

/** A layer on channels-last images between the transposes that a reader of channels-first models puts around it. */
function channelsFirst(l: Layers, x: ValueId, layer: (x: ValueId) => ValueId): ValueId {
  const last = l.builder.node({ kind: 'transpose', permutation: [0, 2, 3, 1] }, l.name('last'), [x]);
  return l.builder.node({ kind: 'transpose', permutation: [0, 3, 1, 2] }, l.name('first'), [layer(last)]);
}

const binary = (l: Layers, fn: 'add' | 'mul', a: ValueId, b: ValueId): ValueId =>
  l.builder.node({ kind: 'binary', fn }, l.name(fn), [a, b]);

const models: Readonly<Record<string, (l: Layers, x: ValueId) => ValueId>> = {
  'convolutions and activations': (l, x) => {
    const y = l.apply(
      channelsFirst(l, x, (z) => l.conv(z, { out: 6 })),
      'relu',
    );
    return channelsFirst(l, y, (z) => l.conv(z, { out: 3 }));
  },
  'a residual block': (l, x) => {
    const y = l.apply(
      channelsFirst(l, x, (z) => l.conv(z, { out: 5 })),
      'relu',
    );
    const z = channelsFirst(l, y, (image) => l.conv(image, { out: 5 }));
    return binary(l, 'add', y, z);
  },
  'branches that are joined': (l, x) => {
    const branches = [3, 4].map((out) => channelsFirst(l, x, (z) => l.conv(z, { out })));
    return l.builder.node({ kind: 'concat', axis: 1 }, 'concat', branches);
  },
  'a scaling per channel, written channels first': (l, x) => {
    const y = channelsFirst(l, x, (z) => l.conv(z, { out: 4 }));
    return binary(l, 'mul', binary(l, 'add', y, l.trained([1, 4, 1, 1], 3)), l.trained([4, 1, 1], 3));
  },
  'repeated rows and padded columns': (l, x) => {
    const y = channelsFirst(l, x, (z) => l.conv(z, { out: 4 }));
    const rows = Array.from({ length: 10 }, (_, i) => Math.floor(i / 2));
    const repeated = l.builder.node({ kind: 'gather', axis: 2, indices: rows }, 'rows', [y]);
    const padded = l.builder.node({ kind: 'pad', begin: [0, 0, 0, 2], end: [0, 0, 0, 1], value: 0 }, 'pad', [repeated]);
    return l.builder.node({ kind: 'normalize', axes: [2, 3], epsilon: 1e-3, center: true }, 'norm', [padded]);
  },
};

function flattened(build: (l: Layers, x: ValueId) => ValueId): FloatGraph {
  const l = new Layers(5);
  const x = l.reshape(l.builder.input('x', [1, 640]), [1, 2, 5, 64]);
  return l.finish(
    build(
      l,
      channelsFirst(l, x, (z) => l.conv(z, { out: 2 })),
    ),
    640,
  );
}

const results = (graph: FloatGraph): Float32Array[] =>
  inputs.map((data) => evaluate(graph, [{ shape: [1, 640], data }]).get(graph.outputs[0]!)!.data);

test.each(Object.entries(models))('%s: one transpose of the input is left, and the same values', (_, build) => {
  const graph = flattened(build);
  const simple = simplify(graph).graph;
  expect(simple.nodes.filter(({ op }) => op.kind === 'transpose')).toHaveLength(1);
  // The dense layer adds its columns in another order, in f64; constants are rounded to f32 once more.
  expect(relativeDifference(results(simple), results(graph))).toBeLessThan(1e-6);
});

test('a dense layer that is unflattened channels first gives its rows channels last', () => {
  const l = new Layers(9);
  const code = l.apply(l.dense(l.builder.input('x', [1, 640]), 120), 'relu');
  const image = l.reshape(code, [1, 4, 5, 6]);
  const graph = l.finish(
    channelsFirst(l, image, (z) => l.conv(z, { out: 3 })),
    640,
  );
  const simple = simplify(graph).graph;
  expect(simple.nodes.filter(({ op }) => op.kind === 'transpose')).toEqual([]);
  expect(relativeDifference(results(simple), results(graph))).toBeLessThan(1e-6);
});

test('an input and a transposed value added: the transposes do not chase each other', () => {
  const l = new Layers(9);
  const x = l.builder.input('x', [1, 2, 5, 64]);
  const graph = l.builder.finish([
    binary(
      l,
      'add',
      x,
      channelsFirst(l, x, (z) => l.conv(z, { out: 2 })),
    ),
  ]);
  expect(simplify(graph).graph.nodes.filter(({ op }) => op.kind === 'transpose')).toHaveLength(2);
});
