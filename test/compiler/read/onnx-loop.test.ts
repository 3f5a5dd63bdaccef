import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../compiler/files.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { simplify } from '../../../compiler/simplify/index.ts';
import { ad01Windows, missing, relativeDifference, sharedData } from '../../data.ts';
import { buildOnnx, floats, scalar64, type OnnxNodeParts } from './onnx-build.ts';

ort.env.wasm.numThreads = 1;

/** Real log-mel frames as windows of steps x 5 values of about one. */
const windows = (steps: number): Float32Array[] =>
  ad01Windows()
    .slice(0, 10)
    .map((window) => Float32Array.from({ length: 5 * steps }, (_, i) => window[(i % 5) * 128 + Math.floor(i / 5)]! / 20 + 1.5));

async function onnxruntime(path: string, inputs: readonly Float32Array[], shape: readonly number[]): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(readFileSync(path));
  const outputs: Float32Array[] = [];
  for (const data of inputs) {
    const result = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', data, shape) });
    outputs.push((result[session.outputNames[0]!]!.data as Float32Array).slice());
  }
  await session.release();
  return outputs;
}

const ours = (graph: FloatGraph, inputs: readonly Float32Array[]): Float32Array[] => {
  const { shape } = graph.values.get(graph.inputs[0]!)!.type;
  return inputs.map((data) => evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data);
};

describe.each([
  ['lstm_autoencoder.onnx', 20, 'four LSTM layers that tf2onnx wrote as loops'],
  ['small_lstm_autoencoder.onnx', 5, 'two plain LSTM nodes'],
] as const)('transformer_monitor/%s', (name, steps, what) => {
  const path = join(sharedData, 'transformer_monitor', name);
  const absent = missing(`transformer_monitor/${name}`);

  test.skipIf(absent !== null)(`${what}: as onnxruntime, to 1e-5`, async () => {
    const { graph } = await readModel(openSource(path));
    const inputs = windows(steps);
    const expected = await onnxruntime(path, inputs, [1, steps, 5]);
    expect(relativeDifference(ours(graph, inputs), expected)).toBeLessThan(1e-5);
    expect(relativeDifference(ours(simplify(graph).graph, inputs), expected)).toBeLessThan(1e-5);
  });

  test.skipIf(absent !== null)(
    'each LSTM is one recurrent layer, and the output layer one dense layer over all steps',
    async () => {
      const { graph } = simplify((await readModel(openSource(path))).graph);
      const kinds = graph.nodes.map(({ op }) => op.kind).filter((kind) => kind !== 'reshape' && kind !== 'gather');
      const layers = name.startsWith('small') ? 2 : 4;
      expect(kinds).toEqual([...Array.from({ length: layers }, () => 'recurrent'), 'dense']);
    },
  );
});

const read = (bytes: Uint8Array): Promise<FloatGraph> =>
  readOnnx({ name: 'loop.onnx', bytes, sibling: () => Promise.reject(new Error('none')) });

/** Three turns of a <- 0.5 a + x, each a collected: [3 x 1 x 16], of which the mean over the turns is taken. */
const decay = (condition: OnnxNodeParts): Uint8Array =>
  buildOnnx({
    nodes: [
      {
        op: 'Loop',
        name: 'loop',
        inputs: ['turns', 'go', 'x'],
        output: ['last', 'all'],
        attributes: {
          body: {
            body: {
              nodes: [
                { op: 'Mul', inputs: ['a', 'half'], output: 'decayed' },
                { op: 'Add', inputs: ['decayed', 'x'], output: 'next' },
                { op: 'Identity', inputs: ['next'], output: 'kept' },
                condition,
              ],
              initializers: [floats('half', [], [0.5]), floats('limit', [], [1e9])],
              inputs: { turn: [7, []], again: [9, []], a: [1, [1, 16]] },
              outputs: { goesOn: [9, []], next: [1, [1, 16]], kept: [1, [1, 16]] },
            },
          },
        },
      },
      { op: 'ReduceMean', inputs: ['all'], output: 'mean', attributes: { axes: [0], keepdims: 0 } },
      { op: 'Add', inputs: ['mean', 'last'], output: 'y' },
    ],
    initializers: [scalar64('turns', 3), { name: 'go', dims: [], type: 9, raw: Uint8Array.of(1) }],
    inputs: { x: [1, 16] },
  });

test('a loop that is no LSTM is unrolled: as onnxruntime, to 1e-5', async () => {
  const model = decay({ op: 'Identity', inputs: ['again'], output: 'goesOn' });
  const inputs = ad01Windows().map((window) => window.slice(0, 16));
  const graph = await read(model);
  const session = await ort.InferenceSession.create(model);
  const expected: Float32Array[] = [];
  for (const data of inputs)
    expected.push((await session.run({ x: new ort.Tensor('float32', data, [1, 16]) }))['y']!.data as Float32Array);
  expect(relativeDifference(ours(graph, inputs), expected)).toBeLessThan(1e-5);
});

test('a loop whose end depends on what it computes is refused', async () => {
  const model = decay({ op: 'Less', inputs: ['sum', 'limit'], output: 'goesOn' });
  const bytes = decay({ op: 'Less', inputs: ['next', 'limit'], output: 'goesOn' });
  await expect(read(bytes)).rejects.toThrow(
    'loop.onnx, node "loop" (Loop): goes on as long as a computed condition holds\n' +
      '  Export the model with a fixed number of steps: such a loop cannot be unrolled.',
  );
  await expect(read(model)).rejects.toThrow('reads "sum", which nothing before it defines');
});
