import { expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readOnnxGraph } from '../../../compiler/read/onnx/graph.ts';
import type { OnnxTensor } from '../../../compiler/read/onnx/tensor.ts';
import { buildOnnx, int64s, type OnnxParts } from './onnx-build.ts';

const read = (parts: OnnxParts, known: ReadonlyMap<string, OnnxTensor> = new Map()) =>
  readOnnxGraph({ name: 'graph.onnx', bytes: buildOnnx(parts), sibling: () => Promise.reject(new Error('none')) }, { known });

const int8s = (name: string, values: readonly number[]) => ({
  name,
  dims: [values.length],
  type: 3,
  raw: new Uint8Array(Int8Array.from(values).buffer),
});

const complaint = async (parts: OnnxParts): Promise<string> => {
  try {
    await read(parts);
  } catch (error) {
    if (error instanceof InputError) return `${error.where}: ${error.what}`;
    throw error;
  }
  return 'it was read';
};

test('a graph of two inputs and three outputs keeps its shapes, the batch included', async () => {
  const { graph, inputs, outputs } = await read({
    nodes: [
      { op: 'Split', inputs: ['a'], output: ['left', 'right'], attributes: { axis: 1 } },
      { op: 'Add', inputs: ['left', 'b'], output: 'sum' },
    ],
    inputs: { a: [3, 4], b: [3, 1] },
    outputs: ['sum', 'right', 'left'],
  });
  expect({ inputs, outputs: outputs.map(({ name }) => name) }).toEqual({ inputs: ['a', 'b'], outputs: ['sum', 'right', 'left'] });
  const values = evaluate(graph, [
    { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i) },
    { shape: [3, 1], data: Float32Array.of(100, 200, 300) },
  ]);
  expect(graph.outputs.map((id) => [...values.get(id)!.data])).toEqual([
    [100, 101, 204, 205, 308, 309],
    [2, 3, 6, 7, 10, 11],
    [0, 1, 4, 5, 8, 9],
  ]);
});

test('an input that must be known is taken from what is known of it', async () => {
  const parts: OnnxParts = {
    nodes: [{ op: 'Reshape', inputs: ['x', 'shape'], output: 'y' }],
    inputs: { x: [2, 6], shape: [2] },
  };
  expect(await complaint(parts)).toBe(
    'graph.onnx, node "y" (Reshape): its input 1 ("shape") is computed by the model; it must be a constant',
  );
  const { graph } = await read(parts, new Map([['shape', { format: 'int64', shape: [2], values: Float64Array.of(3, -1) }]]));
  expect(graph.values.get(graph.outputs[0]!)!.type.shape).toEqual([3, 4]);
});

test('an output that is not computed is refused only where somebody reads it', async () => {
  const pool = { op: 'MaxPool', inputs: ['x'], output: ['y', 'indices'], attributes: { kernel_shape: [2] } };
  const parts: OnnxParts = { nodes: [pool], inputs: { x: [1, 2, 4] } };
  expect(await complaint(parts)).toBe('it was read');
  expect(await complaint({ ...parts, outputs: ['y', 'indices'] })).toBe(
    'graph.onnx, output "indices": is the indices of the maxima, which are not computed',
  );
  expect(
    await complaint({ ...parts, nodes: [pool, { op: 'Cast', inputs: ['indices'], output: 'c', attributes: { to: 1 } }] }),
  ).toBe('graph.onnx, node "c" (Cast): reads "indices", the indices of the maxima, which are not computed');
});

test('an empty input is refused only where somebody reads it', async () => {
  const inputs = { x: [2, 3], empty: [0, 3] };
  expect(await complaint({ nodes: [{ op: 'Relu', inputs: ['x'], output: 'y' }], inputs })).toBe('it was read');
  expect(await complaint({ nodes: [{ op: 'Relu', inputs: ['empty'], output: 'y' }], inputs })).toBe(
    'graph.onnx, node "y" (Relu): reads "empty", an input of shape [0 x 3]: tensors without values are not supported',
  );
});

test('whole numbers are divided towards zero and wrap in their width', async () => {
  const { graph } = await read({
    nodes: [
      { op: 'Div', inputs: ['a', 'b'], output: 'quotient' },
      { op: 'Mul', inputs: ['a', 'b'], output: 'product' },
      { op: 'Shape', inputs: ['x'], output: 'shape' },
      { op: 'Div', inputs: ['shape', 'two'], output: 'half' },
    ],
    initializers: [int8s('a', [-7, 7, -128, 100]), int8s('b', [2, -2, 3, 3]), int64s('two', [2])],
    inputs: { x: [5, 9] },
    outputs: ['quotient', 'product', 'half'],
  });
  expect(graph.outputs.map((id) => [...graph.constants.get(id)!.data])).toEqual([
    [-3, -3, -42, 33],
    [-14, -14, -128, 44],
    [2, 4],
  ]);
});
