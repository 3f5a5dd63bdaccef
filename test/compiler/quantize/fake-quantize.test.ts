import { expect, test } from 'vitest';
import { interpret } from '../../../compiler/kernels/interpret.ts';
import { evaluate, floatGraphBuilder, type FloatGraphBuilder } from '../../../compiler/ops/float-graph.ts';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import { quantize } from '../../../compiler/quantize/index.ts';

const grid = (scale: number) => ({ kind: 'fakeQuantize', scale, zeroPoint: 0, low: -128, high: 127 }) as const;

const cases: Readonly<Record<string, (builder: FloatGraphBuilder, x: ValueId) => ValueId>> = {
  'one grid behind another': (builder, x) => builder.node(grid(0.25), 'coarse', [builder.node(grid(0.01), 'fine', [x])]),
  'two grids of one value': (builder, x) => {
    const parts = [0.25, 0.5].map((scale) => builder.node(grid(scale), `grid ${scale}`, [x]));
    return builder.node({ kind: 'concat', axis: 1 }, 'both', parts);
  },
  'an input on a grid of its own beside another': (builder, x) =>
    builder.node({ kind: 'concat', axis: 1 }, 'both', [
      builder.node(grid(0.5), 'grid', [x]),
      builder.node(grid(0.5), 'again', [x]),
    ]),
};

test.each(Object.entries(cases))('%s is kept', (_, build) => {
  const builder = floatGraphBuilder('built');
  const x = builder.input('x', [1, 8]);
  const y = build(builder, x);
  const graph = builder.finish([y]);
  const ranges = new Map([...graph.values.keys()].map((id) => [id, { min: -1, max: 1, rms: 0.5 }]));
  const data = Float32Array.from({ length: 8 }, (_value, i) => Math.sin(i * 1.3));
  const expected = [...evaluate(graph, [{ shape: [1, 8], data }]).get(y)!.data];
  const options = { scaling: null, activations: 'int8', rounding: 'float' } as const;
  const scored = quantize({ graph, ranges, activity: new Map() }, options, 'built');
  const found = [...interpret(scored.graph, data).get(scored.reconstruction)!];
  // Values stand on steps of 0.25; what joins them has a step of 1 / 127.
  found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(0.005));
});
