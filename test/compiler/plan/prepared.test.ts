import { expect, test } from 'vitest';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import { sizeOf } from '../../../compiler/ir/tensor.ts';
import { floatGraphBuilder } from '../../../compiler/ops/float-graph.ts';
import { plan } from '../../../compiler/plan/plan.ts';
import { quantize } from '../../../compiler/quantize/index.ts';

test('transformed weights: once for a layer that is applied twice, again where the stride is another', () => {
  const builder = floatGraphBuilder('built');
  const constant = (shape: readonly number[]): ValueId =>
    builder.constant('w', { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_value, i) => Math.sin(i)) });
  const [w, b] = [constant([16, 3, 3, 16]), constant([16])];
  const conv = (x: ValueId, stride: number, padEnd: number): ValueId => {
    const sliding = { strides: [stride, stride], dilations: [1, 1], padBegin: [1, 1], padEnd: [padEnd, padEnd] };
    return builder.node({ kind: 'conv', ...sliding, groups: 1, activation: null }, `conv of stride ${stride}`, [x, w, b]);
  };
  const x = builder.input('x', [1, 16, 16, 16]);
  const y = conv(conv(conv(x, 1, 1), 1, 1), 2, 0);
  const last = builder.node({ kind: 'elementwise', fn: 'relu', parameters: [] }, 'relu', [y]);
  const graph = builder.finish([last]);
  const ranges = new Map([...graph.values.keys()].map((id) => [id, { min: -1, max: 1, rms: 0.5 }]));
  const options = { scaling: null, activations: 'int8', rounding: 'float' } as const;
  const scored = quantize({ graph, ranges, activity: new Map() }, options, 'built');
  const { steps } = plan(scored, {
    target: 'simd',
    batch: 1,
    cut: null,
    generative: false,
    window: { samples: 1, channels: 1, hop: 1 },
    extractor: null,
    score: { constants: [], scratchBytes: 0, code: null },
  });
  const [first, second, third] = steps.filter(({ node }) => node.op.kind === 'conv').map(({ place }) => place.prepared);
  expect(first).toBeGreaterThan(0);
  expect(second).toBe(first);
  expect(third).toBe(first! + 2 * 36 * 16 * 16);
  const scalar = plan(scored, {
    target: 'scalar',
    batch: 1,
    cut: null,
    generative: false,
    window: { samples: 1, channels: 1, hop: 1 },
    extractor: null,
    score: { constants: [], scratchBytes: 0, code: null },
  });
  expect(new Set(scalar.steps.map(({ place }) => place.prepared))).toEqual(new Set([0]));
});
