import { describe, expect, test } from 'vitest';
import { floats, int64s, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';
import { distanceFromOrt, float, weights, type Case } from './onnx-run.ts';

type Attributes = NonNullable<OnnxNodeParts['attributes']>;

const steps = 5;
/** Queries, keys and values of 2 heads of 4 from x [1 x 5 x 24], then attention. `inputs` stand behind Q, K, V. */
const attention = (
  attributes: Attributes,
  inputs: readonly string[] = [],
  initializers: NonNullable<OnnxParts['initializers']> = [],
): OnnxParts => ({
  nodes: [
    { op: 'Split', inputs: ['x', 'widths'], output: ['q', 'k', 'v'], attributes: { axis: 2 } },
    {
      op: 'Attention',
      inputs: ['q', 'k', 'v', ...inputs],
      output: ['y', 'present_k', 'present_v'],
      attributes: { q_num_heads: 2, kv_num_heads: 2, ...attributes },
    },
  ],
  initializers: [int64s('widths', [8, 8, 8]), ...initializers],
  opset: 23,
});

const seen = Uint8Array.from({ length: steps * steps }, (_, i) => Number((i * 7) % 5 !== 1));
const boolean = { name: 'mask', dims: [steps, steps], type: 9, raw: seen };
const infinite = floats(
  'mask',
  [steps, steps],
  Array.from(seen, (visible) => (visible === 1 ? 0 : -Infinity)),
);
const past = [weights('pk', [1, 2, 3, 4]), weights('pv', [1, 2, 3, 4], 0.7)];

const cases: readonly Case[] = (
  [
    ['two heads', attention({})],
    ['with a scale of its own', attention({ scale: float(0.3) })],
    ['causal', attention({ is_causal: 1 })],
    ['with a soft cap', attention({ softcap: float(0.7) })],
    ['with a boolean mask', attention({}, ['mask'], [boolean])],
    ['with a mask of minus infinities', attention({}, ['mask'], [infinite])],
    ['with a mask that is added', attention({}, ['mask'], [weights('mask', [1, 2, steps, steps])])],
    ['behind past keys and values', attention({}, ['', 'pk', 'pv'], past)],
    [
      'whose heads share keys and values',
      {
        ...attention({ q_num_heads: 4, kv_num_heads: 2 }),
        initializers: [int64s('widths', [12, 6, 6])],
      },
    ],
  ] as const
).map(([title, parts]): Case => [title, parts, [1, steps, 24]]);

describe('attention means what it means to onnxruntime-web, to 1e-5', () => {
  test.each(cases)('%s', async (_, parts, shape) => {
    expect(await distanceFromOrt(parts, shape)).toBeLessThan(1e-5);
  });
});

describe('what ONNX Runtime adds to the operators of ONNX, to 1e-5', () => {
  const others: readonly (readonly [op: string, domain: string, opset: number, operands: number])[] = [
    ['RMSNormalization', '', 23, 1],
    ['SimplifiedLayerNormalization', '', 17, 1],
    ['Swish', '', 24, 0],
    ['Gelu', 'com.microsoft', 17, 0],
    ['FastGelu', 'com.microsoft', 17, 1],
    ['QuickGelu', 'com.microsoft', 17, 0],
  ];
  test.each(others)('%s of domain "%s"', async (op, domain, opset, operands) => {
    const parts: OnnxParts = {
      nodes: [{ op, domain, inputs: operands === 1 ? ['x', 'w'] : ['x'], output: 'y' }],
      initializers: operands === 1 ? [weights('w', [8])] : [],
      opset,
    };
    expect(await distanceFromOrt(parts, [1, 3, 8])).toBeLessThan(1e-5);
  });
});
