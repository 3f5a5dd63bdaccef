import { expect, test } from 'vitest';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/kernels/interpret.ts';
import { evaluate, floatGraphBuilder, type FloatGraphBuilder } from '../../../compiler/ops/float-graph.ts';
import { quantize } from '../../../compiler/quantize/index.ts';

const size = 64;

/** Kernels of a model of one input, x + x scaled by a grid of 1/64 in it, and its greatest error in steps of its output, [-1, 1]. */
function lower(build: (builder: FloatGraphBuilder, sum: ValueId) => ValueId, activations: 'int8' | 'int16') {
  const builder = floatGraphBuilder('built');
  const x = builder.input('x', [1, size]);
  const grid = { kind: 'fakeQuantize', scale: 1 / 64, zeroPoint: 0, low: -128, high: 127 } as const;
  const sum = builder.node({ kind: 'binary', fn: 'add' }, 'add', [x, builder.node(grid, 'grid', [x])]);
  const y = build(builder, sum);
  const graph = builder.finish([y]);
  const data = Float32Array.from({ length: size }, (_value, i) => 0.45 * Math.sin(i * 1.3));
  const real = evaluate(graph, [{ shape: [1, size], data }]);
  const ranges = new Map([...graph.values.keys()].map((id) => [id, { min: -1, max: 1, rms: 0.5 }]));
  const options = { scaling: null, activations, rounding: 'float' } as const;
  const scored = quantize({ graph, ranges, activity: new Map() }, options, 'built');
  const expected = real.get(y)!.data;
  const found = interpret(scored.graph, data).get(scored.reconstruction)!;
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)));
  return { kinds: scored.graph.nodes.map(({ op }) => op.kind), steps: worst * 127 };
}

const relu = { kind: 'elementwise', fn: 'relu', parameters: [] } as const;
const clip = { kind: 'elementwise', fn: 'clip', parameters: [-0.25, 0.5] } as const;
const twice = { kind: 'concat', axis: 1 } as const;

test.each([relu, clip])('a sum that only a clamp reads is clamped by its kernel: $fn', (op) => {
  const model = (builder: FloatGraphBuilder, sum: ValueId): ValueId => {
    const clamped = builder.node(op, 'clamp', [sum]);
    return builder.node(twice, 'twice', [clamped, clamped]);
  };
  const { kinds, steps } = lower(model, 'int8');
  expect(kinds).toContain('binary');
  expect(kinds).not.toContain('lookup');
  // Half a step of each operand and of the result; the bounds of a clip are rounded too.
  expect(steps).toBeLessThan(2);
  // Nothing is looked up, so that 14 bits go through.
  expect(lower(model, 'int16').steps).toBeLessThan(0.1);
});

test('a sum that others read as well stays as it is', () => {
  const { kinds, steps } = lower(
    (builder, sum) => builder.node(twice, 'both', [sum, builder.node(relu, 'clamp', [sum])]),
    'int8',
  );
  expect(kinds).toContain('lookup');
  expect(steps).toBeLessThan(2);
});
