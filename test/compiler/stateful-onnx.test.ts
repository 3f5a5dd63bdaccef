import { expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { ad01Windows } from '../data.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { buildOnnx, int64s, type OnnxNodeParts } from './read/onnx-build.ts';
import { weights } from './read/onnx-run.ts';

const [steps, channels, hidden] = [5, 4, 6];

/** Real log-mel values of about one, one row per frame. */
const rows = ad01Windows().map((window) => Float32Array.from({ length: channels }, (_, i) => window[20 * i]! / 20 + 1.5));

const initializers = [
  weights('w', [1, 4 * hidden, channels]),
  weights('r', [1, 4 * hidden, hidden], 0.31),
  weights('b', [1, 8 * hidden], 0.21),
  weights('d', [hidden, channels], 0.4),
  int64s('one', [1]),
];

const lstm = (x: string): OnnxNodeParts[] => [
  { op: 'LSTM', inputs: [x, 'w', 'r', 'b'], output: ['all', '', ''], attributes: { hidden_size: hidden } },
  { op: 'Squeeze', inputs: ['all', 'one'], output: 'states' },
];
const turn = (x: string, y: string): OnnxNodeParts => ({
  op: 'Transpose',
  inputs: [x],
  output: y,
  attributes: { perm: [1, 0, 2] },
});
const dense = (x: string): OnnxNodeParts => ({ op: 'MatMul', inputs: [x, 'd'], output: 'y' });

/** The scores of all rows, one after another. */
async function scoresOf(nodes: readonly OnnxNodeParts[], shape: readonly number[]): Promise<readonly number[]> {
  const bytes = buildOnnx({ nodes, initializers, inputs: { x: shape }, outputs: ['y'], opset: 14 });
  const model = { name: 'lstm.onnx', bytes, sibling: () => Promise.reject(new Error('none')) };
  const data = Float32Array.from(rows.flatMap((row) => [...row]));
  const frames = { name: 'frames', data, count: rows.length, size: channels, columns: null };
  const { artifact } = await compile({ model, data: frames, stateful: true, allowPoorFit: true });
  const loaded = await loadBytes(artifact, 'lstm');
  return rows.map((row) => loaded.run(row));
}

test('an ONNX model with the steps before the batch is the one with the batch before the steps, step by step', async () => {
  const batchFirst = await scoresOf([turn('x', 't'), ...lstm('t'), turn('states', 's'), dense('s')], [1, steps, channels]);
  const stepsFirst = await scoresOf([...lstm('x'), dense('states')], [steps, 1, channels]);
  expect(stepsFirst).toEqual(batchFirst);
  expect(new Set(batchFirst).size).toBeGreaterThan(rows.length / 2);
});
