import type { ValueId } from '../../compiler/ir/graph.ts';
import type { Layers } from './layers-build.ts';

type Layer = (layers: Layers, x: ValueId) => ValueId;

/** Each takes an image [1 x h x w x c] and gives one. */
export const imageLayers: Readonly<Record<string, Layer>> = {
  'conv 3x3, 8 outputs, relu': (l, x) => l.apply(l.conv(x, { out: 8 }), 'relu'),
  'conv 5x5, 3 outputs, tanh': (l, x) => l.apply(l.conv(x, { out: 3, kernel: 5 }), 'tanh'),
  'conv 1x1, 13 outputs': (l, x) => l.conv(x, { out: 13, kernel: 1 }),
  'conv of dilation 2': (l, x) => l.conv(x, { out: 4, dilation: 2 }),
  'conv of stride 2': (l, x) => l.conv(x, { out: 9, stride: 2 }),
  'depthwise conv': (l, x) => l.conv(x, { out: l.channels(x), groups: l.channels(x) }),
  'conv in 2 groups': (l, x) => l.conv(l.conv(x, { out: 6, kernel: 1 }), { out: 4, groups: 2 }),
  'transposed conv of stride 2': (l, x) => l.conv(x, { out: 5, stride: 2, transposed: true }),
  'max pooling': (l, x) => l.builder.node(pool('max', 2, 1, false), l.name('pool'), [x]),
  'average pooling with padding': (l, x) => l.builder.node(pool('average', 3, 1, true), l.name('pool'), [x]),
  'average pooling without what is padded': (l, x) => l.builder.node(pool('average', 3, 1, false), l.name('pool'), [x]),
  'repeated columns': (l, x) => {
    const indices = Array.from({ length: 2 * l.shape(x)[2]! }, (_, i) => Math.floor(i / 2));
    return l.builder.node({ kind: 'gather', axis: 2, indices }, l.name('upsample'), [x]);
  },
  'columns in any order': (l, x) => {
    const n = l.shape(x)[2]!;
    const indices = Array.from({ length: n }, (_, i) => (i * i + 3) % n);
    return l.builder.node({ kind: 'gather', axis: 2, indices }, l.name('gather'), [x]);
  },
  'columns between columns': (l, x) => {
    const n = l.shape(x)[2]!;
    const indices = Array.from({ length: 2 * n }, (_, i) => [Math.floor(i / 2), Math.min(n - 1, Math.ceil(i / 2))]).flat();
    const weights = Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? [1, 0] : [0.5, 0.5])).flat();
    return l.builder.node({ kind: 'resample', axis: 2, taps: 2, indices, weights }, l.name('resize'), [x]);
  },
  'a skip connection added': (l, x) => {
    const y = l.conv(x, { out: l.channels(x) });
    return l.builder.node({ kind: 'binary', fn: 'add' }, l.name('add'), [x, y]);
  },
  'a skip connection joined': (l, x) => {
    const y = l.apply(l.conv(x, { out: 7 }), 'relu');
    return l.builder.node({ kind: 'concat', axis: 3 }, l.name('concat'), [x, y]);
  },
  'a gate per channel': (l, x) => {
    const mean = l.builder.node({ kind: 'reduce', fn: 'mean', axes: [1, 2] }, l.name('squeeze'), [x]);
    const gate = l.apply(l.dense(mean, l.channels(x)), 'sigmoid');
    return l.builder.node({ kind: 'binary', fn: 'mul' }, l.name('gate'), [x, gate]);
  },
  'a position added': (l, x) => l.builder.node({ kind: 'binary', fn: 'add' }, l.name('position'), [x, l.trained(l.shape(x), 3)]),
  'layer normalization': (l, x) =>
    l.builder.node({ kind: 'normalize', axes: [3], epsilon: 1e-2, center: true }, l.name('normalize'), [
      l.conv(x, { out: 12, kernel: 1 }),
    ]),
  'instance normalization': (l, x) =>
    l.builder.node({ kind: 'normalize', axes: [1, 2], epsilon: 1e-3, center: true }, l.name('normalize'), [x]),
  'a scaling per channel': (l, x) => {
    const channels = l.channels(x);
    const relu = l.apply(x, 'relu');
    return l.builder.node({ kind: 'affine' }, l.name('scale'), [relu, l.trained([channels], 1), l.trained([channels], 1)]);
  },
  'a slope per channel for what is negative': (l, x) =>
    l.builder.node({ kind: 'binary', fn: 'prelu' }, l.name('prelu'), [x, l.trained([l.channels(x)], 3)]),
  'a border of zeros': (l, x) =>
    l.builder.node({ kind: 'pad', begin: [0, 1, 0, 0], end: [0, 0, 2, 0], value: 0 }, l.name('pad'), [x]),
  'height and width exchanged': (l, x) =>
    l.builder.node({ kind: 'transpose', permutation: [0, 2, 1, 3] }, l.name('transpose'), [x]),
  softmax: (l, x) => l.builder.node({ kind: 'softmax' }, l.name('softmax'), [l.conv(x, { out: 6, kernel: 1 })]),
};

const two = (value: number): readonly number[] => [value, value];

function pool(fn: 'max' | 'average', kernel: number, padding: number, countPadding: boolean) {
  const sliding = { strides: two(1), dilations: two(1), padBegin: two(padding), padEnd: two(padding) };
  return { kind: 'pool', fn, kernel: two(kernel), countPadding, ceil: false, ...sliding } as const;
}

/** Self-attention with two heads over the rows of an image. */
export function attention(l: Layers, x: ValueId, mask: readonly number[] | null): ValueId {
  const [, steps, depth] = l.shape(x);
  const heads = (y: ValueId): ValueId => {
    const split = l.reshape(l.dense(y, 16), [1, steps!, 2, 8]);
    return l.builder.node({ kind: 'transpose', permutation: [0, 2, 1, 3] }, l.name('heads'), [split]);
  };
  const [q, k, v] = [heads(x), heads(x), heads(x)];
  const turned = l.builder.node({ kind: 'transpose', permutation: [0, 1, 3, 2] }, l.name('turn'), [k]);
  const logits = l.builder.node({ kind: 'matmul' }, l.name('scores'), [q, turned]);
  const seen = mask === null ? l.apply(logits, 'silu') : hidden(l, logits, mask);
  const weights = l.builder.node({ kind: 'softmax' }, l.name('softmax'), [seen]);
  const mixed = l.builder.node({ kind: 'matmul' }, l.name('mix'), [weights, v]);
  const back = l.builder.node({ kind: 'transpose', permutation: [0, 2, 1, 3] }, l.name('back'), [mixed]);
  return l.dense(l.reshape(back, [1, steps!, 16]), depth!);
}

/** Adds 0 or minus infinity to each score. */
function hidden(l: Layers, logits: ValueId, mask: readonly number[]): ValueId {
  const [, , rows, columns] = l.shape(logits);
  const shape = [1, 1, rows!, columns!];
  const seen = l.builder.constant(l.name('mask'), { shape, data: Float32Array.from(mask) });
  const bias = l.builder.node({ kind: 'elementwise', fn: 'maskBias', parameters: [] }, l.name('bias'), [seen]);
  return l.builder.node({ kind: 'binary', fn: 'add' }, l.name('masked'), [logits, bias]);
}
