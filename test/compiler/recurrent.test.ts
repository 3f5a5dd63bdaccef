import { describe, expect, test } from 'vitest';
import { compileGraph } from '../../compiler/compile.ts';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor.ts';
import type { FloatGraph } from '../../compiler/ops/float-graph.ts';
import { settle } from '../../compiler/options.ts';
import { expectFaithful, height, size, width, windows } from './faithful.ts';
import { Layers } from './layers-build.ts';

const hidden = 9;
const lstm = { cell: 'lstm', reverse: false, resetAfter: false } as const;

/** What the layers make of real frames, as rows [5 x 32], in front of a dense layer. */
function graphOf(build: (l: Layers, rows: ValueId) => ValueId, seed = 11): FloatGraph {
  const l = new Layers(seed);
  const rows = l.reshape(l.builder.input('x', [1, height, width, 1]), [1, height, width]);
  return l.finish(build(l, rows), size);
}

const joined = (l: Layers, parts: readonly ValueId[]): ValueId => {
  const flat = parts.map((part) => l.reshape(part, [1, sizeOf(l.shape(part))]));
  return l.builder.node({ kind: 'concat', axis: 1 }, l.name('concat'), flat);
};

describe('first states and peepholes', () => {
  test.each(['lstm', 'gru', 'simple'] as const)('%s from trained states', async (cell) => {
    const graph = graphOf((l, x) => {
      const states = { hidden: l.trained([1, hidden], 3), cell: l.trained([1, hidden], 1) };
      return l.recurrentOutputs(x, hidden, { ...lstm, cell }, ['sequence'], states)[0]!;
    });
    await expectFaithful(graph, 30);
  });

  test('a state from a layer that nothing bounds is not cut off at one', async () => {
    const graph = graphOf((l, x) => {
      const state = l.dense(l.reshape(x, [1, size]), hidden);
      const factors = { shape: [hidden], data: new Float32Array(hidden).fill(6) };
      const offset = { shape: [hidden], data: new Float32Array(hidden) };
      const operands = [state, l.builder.constant('factors', factors), l.builder.constant('offset', offset)];
      const large = l.builder.node({ kind: 'affine' }, l.name('large'), operands);
      return l.recurrentOutputs(x, hidden, { ...lstm, cell: 'gru' }, ['sequence'], { hidden: large })[0]!;
    });
    await expectFaithful(graph, 30);
  });

  test('an LSTM with peepholes, in reverse', async () => {
    const graph = graphOf((l, x) => {
      const states = { cell: l.trained([1, hidden], 1), peepholes: l.trained([3 * hidden], 2) };
      return l.recurrentOutputs(x, hidden, { ...lstm, reverse: true }, ['sequence'], states)[0]!;
    });
    await expectFaithful(graph, 30);
  });
});

describe('the cell state', () => {
  test.each([
    ['alone', ['cell']],
    ['with the last hidden state', ['hidden', 'cell']],
    ['before all hidden states', ['cell', 'sequence']],
  ] as const)('%s: the layer runs once', async (_, outputs) => {
    const graph = graphOf((l, x) => joined(l, l.recurrentOutputs(x, hidden, lstm, outputs)));
    await expectFaithful(graph, 30);
    const model = { name: 'generated.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
    const data = Float32Array.from(windows.flatMap((window) => [...window]));
    const frames = { name: 'frames', data, count: windows.length, size, columns: null };
    const { source } = await compileGraph(graph, 'generated', settle({ model, data: frames, allowPoorFit: true }));
    expect(source.match(/^ *recurrent\(/gm)).toHaveLength(1);
  });
});

describe('several sequences', () => {
  const sequences = [height, 8, 4];

  test.each(['lstm', 'gru', 'simple'] as const)('%s over each row, in both directions', async (cell) => {
    const graph = graphOf((l, x) => {
      const steps = l.reshape(x, sequences);
      const run = (reverse: boolean) => l.recurrentOutputs(steps, hidden, { ...lstm, cell, reverse }, ['hidden'])[0]!;
      return joined(l, [run(false), run(true)]);
    });
    await expectFaithful(graph, 30);
  });

  test('each from its own states, hidden and cell state together', async () => {
    const graph = graphOf((l, x) => {
      const encoder = l.reshape(x, sequences);
      const [state, cell] = l.recurrentOutputs(encoder, hidden, lstm, ['hidden', 'cell']);
      const states = { hidden: state!, cell: cell!, peepholes: l.trained([3 * hidden], 2) };
      return l.recurrentOutputs(encoder, hidden, lstm, ['sequence'], states)[0]!;
    });
    await expectFaithful(graph, 30);
  });
});
