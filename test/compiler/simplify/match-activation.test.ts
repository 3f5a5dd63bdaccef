import { expect, test } from 'vitest';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import type { BinaryFunction } from '../../../compiler/ops/binary.ts';
import { functions } from '../../../compiler/ops/elementwise.ts';
import { evaluate, floatGraphBuilder, type FloatGraphBuilder } from '../../../compiler/ops/float-graph.ts';
import { simplify } from '../../../compiler/simplify/index.ts';

/** Writes arithmetic as exporters do. */
function writer(builder: FloatGraphBuilder) {
  const number = (value: number): ValueId => builder.constant('number', { shape: [], data: Float32Array.of(value) });
  const binary = (fn: BinaryFunction, a: ValueId, b: ValueId): ValueId => builder.node({ kind: 'binary', fn }, fn, [a, b]);
  const apply = (fn: keyof typeof functions, x: ValueId): ValueId =>
    builder.node({ kind: 'elementwise', fn, parameters: [] }, fn, [x]);
  return { number, binary, apply };
}

type Written = (x: ValueId, w: ReturnType<typeof writer>) => ValueId;

const written: Readonly<Record<string, readonly [keyof typeof functions, Written]>> = {
  'x * sigmoid(x)': ['silu', (x, { binary, apply }) => binary('mul', x, apply('sigmoid', x))],
  'x * tanh(softplus(x))': ['mish', (x, { binary, apply }) => binary('mul', x, apply('tanh', apply('softplus', x)))],
  '0.5 * x * (1 + erf(x / sqrt 2))': [
    'gelu',
    (x, { number, binary, apply }) => {
      const inner = binary('add', apply('erf', binary('div', x, number(Math.SQRT2))), number(1));
      return binary('mul', binary('mul', x, inner), number(0.5));
    },
  ],
  '(x * 0.5) * (1 + erf(x * 0.7071))': [
    'gelu',
    (x, { number, binary, apply }) => {
      const inner = binary('add', apply('erf', binary('mul', x, number(Math.SQRT1_2))), number(1));
      return binary('mul', binary('mul', x, number(0.5)), inner);
    },
  ],
  'x * min(max(x / 6 + 0.5, 0), 1)': [
    'hardSwish',
    (x, { number, binary }) => {
      const line = binary('add', binary('div', x, number(6)), number(0.5));
      return binary('mul', x, binary('min', binary('max', line, number(0)), number(1)));
    },
  ],
};

const inputs = Float32Array.from({ length: 101 }, (_, i) => (i - 50) / 8);

test.each(Object.entries(written))('%s becomes one function', (_, [fn, write]) => {
  const builder = floatGraphBuilder('written');
  const x = builder.input('x', [1, inputs.length]);
  const graph = builder.finish([write(x, writer(builder))]);
  const simple = simplify(graph).graph;
  expect(simple.nodes.map(({ op }) => op.kind)).toEqual(['pointwise']);
  const found = evaluate(simple, [{ shape: [1, inputs.length], data: inputs }]).get(simple.outputs[0]!)!.data;
  const exact: (value: number) => number = functions[fn];
  // The written form has constants in f32: 1 / sqrt 2 and 1 / 6 are off by 3e-8 of their size.
  found.forEach((value, i) => expect(Math.abs(value - exact(inputs[i]!))).toBeLessThan(1e-6));
});

test('a value that somebody else reads too stays', () => {
  const builder = floatGraphBuilder('written');
  const x = builder.input('x', [1, 8]);
  const { binary, apply } = writer(builder);
  const gate = apply('sigmoid', x);
  const graph = builder.finish([binary('mul', x, gate), gate]);
  expect(simplify(graph).graph.nodes.map(({ op }) => op.kind)).toEqual(['elementwise', 'binary']);
});

test('pow, max and min with a number, and prelu with one slope, are functions of one value', () => {
  const names = (['pow', 'max', 'min', 'prelu'] as const).map((fn) => {
    const builder = floatGraphBuilder('written');
    const x = builder.input('x', [1, 8]);
    const { number, binary } = writer(builder);
    return simplify(builder.finish([binary(fn, x, number(0.25))])).graph.nodes.map(({ op }) => 'fn' in op && op.fn);
  });
  expect(names).toEqual([['power'], ['clip'], ['clip'], ['leakyRelu']]);
});
