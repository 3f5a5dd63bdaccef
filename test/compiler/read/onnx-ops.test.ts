import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { relativeDifference } from '../../data.ts';
import { standardisedInputs } from './gearbox.ts';
import { buildOnnx, floats, int64s, scalar64, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';

ort.env.wasm.numThreads = 1;

/** Features of real recordings, standardised: both signs, as activations need them. */
const inputs = standardisedInputs(16).slice(0, 20);
const series = (length: number, step = 0.37): number[] => Array.from({ length }, (_, i) => Math.sin(1 + i * step));
const positive = (length: number): number[] => series(length).map((value) => 1.5 + value);

async function ours(model: Uint8Array, neighbour = new Uint8Array()): Promise<Float32Array[]> {
  const graph = await readOnnx({ name: 'built.onnx', bytes: model, sibling: () => Promise.resolve(neighbour) });
  const shape = graph.values.get(graph.inputs[0]!)!.type.shape;
  return inputs.map((data) => evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data);
}

async function onnxruntime(model: Uint8Array, batch = 1): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(model);
  const outputs: Float32Array[] = [];
  for (const input of inputs) {
    const data = new Float32Array(batch * input.length);
    data.set(input);
    const { y } = await session.run({ x: new ort.Tensor('float32', data, [batch, input.length]) });
    const values = y!.data as Float32Array;
    outputs.push(values.slice(0, values.length / batch));
  }
  await session.release();
  return outputs;
}

const one = (op: string, attributes: NonNullable<OnnxNodeParts['attributes']> = {}, opset = 13): OnnxParts => ({
  nodes: [{ op, inputs: ['x'], output: 'y', attributes }],
  opset,
});
const withConstants = (op: string, operands: readonly string[], constants: OnnxParts['initializers']): OnnxParts => ({
  nodes: [{ op, inputs: operands, output: 'y' }],
  initializers: constants ?? [],
});
const w = floats('w', [16, 5], series(80));

const models: Readonly<Record<string, OnnxParts>> = {
  'Gemm [16 x 5] with alpha, beta and C [1 x 5]': {
    nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'c'], output: 'y', attributes: { alpha: { float: 0.5 }, beta: { float: 2 } } }],
    initializers: [w, floats('c', [1, 5], series(5))],
  },
  'Gemm with transB and a scalar C': {
    nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'c'], output: 'y', attributes: { transB: 1 } }],
    initializers: [floats('w', [5, 16], series(80)), floats('c', [], [0.25])],
  },
  'Gemm without C': withConstants('Gemm', ['x', 'w'], [w]),
  'Gemm whose weights are also listed as an input': {
    ...withConstants('Gemm', ['x', 'w'], [w]),
    inputs: { x: ['N', 16], w: [16, 5] },
  },
  'MatMul, then Add': {
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], output: 'h' },
      { op: 'Add', inputs: ['h', 'b'], output: 'y' },
    ],
    initializers: [w, floats('b', [5], series(5))],
  },
  'MatMul by a transposed constant': {
    nodes: [
      { op: 'Transpose', inputs: ['w'], output: 't', attributes: { perm: [1, 0] } },
      { op: 'MatMul', inputs: ['x', 't'], output: 'y' },
    ],
    initializers: [floats('w', [5, 16], series(80))],
  },
  'MatMul by a Constant node': {
    nodes: [
      { op: 'Constant', inputs: [], output: 'k', attributes: { value: floats('', [16, 5], series(80)) } },
      { op: 'MatMul', inputs: ['x', 'k'], output: 'y' },
    ],
  },
  'MatMul by float16 weights that are cast to float': {
    nodes: [
      { op: 'Cast', inputs: ['h'], output: 'k', attributes: { to: 1 } },
      { op: 'MatMul', inputs: ['x', 'k'], output: 'y' },
    ],
    // 1, -2, 0.5 and the smallest subnormal in binary16, in turn.
    initializers: [
      {
        name: 'h',
        dims: [16, 2],
        type: 10,
        raw: new Uint8Array(Uint16Array.from(series(32), (_, i) => [0x3c00, 0xc000, 0x3800, 1][i % 4]!).buffer),
      },
    ],
  },
  'MatMul by double weights that are cast to float': {
    nodes: [
      { op: 'Cast', inputs: ['d'], output: 'k', attributes: { to: 1 } },
      { op: 'MatMul', inputs: ['x', 'k'], output: 'y' },
    ],
    initializers: [{ name: 'd', dims: [16, 2], type: 11, raw: new Uint8Array(Float64Array.from(series(32)).buffer) }],
  },
  'Sub from a constant': withConstants('Sub', ['c', 'x'], [floats('c', [16], series(16))]),
  'Mul by a scalar': withConstants('Mul', ['x', 'c'], [floats('c', [], [0.3])]),
  'Div by a constant': withConstants('Div', ['x', 'c'], [floats('c', [1, 16], positive(16))]),
  'Mul by a constant that a Cast truncates': {
    nodes: [
      { op: 'Cast', inputs: ['c'], output: 'whole', attributes: { to: 7 } },
      { op: 'Cast', inputs: ['whole'], output: 'k', attributes: { to: 1 } },
      { op: 'Mul', inputs: ['x', 'k'], output: 'y' },
    ],
    initializers: [floats('c', [1], [-2.75])],
  },
  BatchNormalization: {
    nodes: [
      { op: 'BatchNormalization', inputs: ['x', 's', 'b', 'm', 'v'], output: 'y', attributes: { epsilon: { float: 0.001 } } },
    ],
    initializers: [
      floats('s', [16], series(16)),
      floats('b', [16], series(16, 0.6)),
      floats('m', [16], series(16, 0.9)),
      floats('v', [16], positive(16)),
    ],
  },
  Relu: one('Relu'),
  'LeakyRelu with its default slope': one('LeakyRelu'),
  'LeakyRelu with alpha 0.3': one('LeakyRelu', { alpha: { float: 0.3 } }),
  'Elu with alpha 0.7': one('Elu', { alpha: { float: 0.7 } }),
  Selu: one('Selu'),
  'Selu with its constants written out': one('Selu', {
    alpha: { float: 1.67326319217681884765625 },
    gamma: { float: 1.05070102214813232421875 },
  }),
  Sigmoid: one('Sigmoid'),
  Tanh: one('Tanh'),
  Softplus: one('Softplus'),
  Softsign: one('Softsign'),
  'Softmax of operator set 13': one('Softmax'),
  'Softmax of operator set 11': one('Softmax', {}, 11),
  'Clip with attributes': one('Clip', { min: { float: -0.5 }, max: { float: 0.5 } }, 10),
  'Clip with an upper bound alone': withConstants('Clip', ['x', '', 'high'], [floats('high', [], [0.5])]),
  'Clip to 0 and 6': withConstants('Clip', ['x', 'low', 'high'], [floats('low', [], [0]), floats('high', [], [6])]),
  'Dropout outside of training': withConstants(
    'Dropout',
    ['x', 'ratio', 'training'],
    [floats('ratio', [], [0.5]), { name: 'training', dims: [], type: 9, raw: new Uint8Array([0]) }],
  ),
  Identity: one('Identity'),
  'Cast to float': one('Cast', { to: 1 }),
  'Reshape, Transpose, Flatten': {
    nodes: [
      { op: 'Reshape', inputs: ['x', 'shape'], output: 'a' },
      { op: 'Transpose', inputs: ['a'], output: 'b', attributes: { perm: [0, 2, 1] } },
      { op: 'Flatten', inputs: ['b'], output: 'y' },
    ],
    initializers: [int64s('shape', [0, 2, -1])],
  },
  'Unsqueeze, Squeeze with negative axes': {
    nodes: [
      { op: 'Unsqueeze', inputs: ['x', 'axes'], output: 'a' },
      { op: 'Softmax', inputs: ['a'], output: 'b', attributes: { axis: 2 } },
      { op: 'Squeeze', inputs: ['b', 'axes'], output: 'y' },
    ],
    initializers: [int64s('axes', [-2])],
  },
  "PyTorch's view(x.size(0), -1): Shape, Gather, Unsqueeze, Concat, Reshape": {
    nodes: [
      { op: 'Shape', inputs: ['x'], output: 's' },
      { op: 'Gather', inputs: ['s', 'zero'], output: 'n', attributes: { axis: 0 } },
      { op: 'Unsqueeze', inputs: ['n', 'first'], output: 'n1' },
      { op: 'Concat', inputs: ['n1', 'rest'], output: 'shape', attributes: { axis: 0 } },
      { op: 'Reshape', inputs: ['x', 'shape'], output: 'flat' },
      { op: 'MatMul', inputs: ['flat', 'w'], output: 'y' },
    ],
    initializers: [w, scalar64('zero', 0), int64s('first', [0]), int64s('rest', [-1])],
  },
};

describe('each operator means what it means to onnxruntime-web, to 1e-5', () => {
  test.each(Object.entries(models))('%s', async (_, parts) => {
    const model = buildOnnx(parts);
    expect(relativeDifference(await ours(model), await onnxruntime(model))).toBeLessThan(1e-5);
  });

  test('a Reshape with the batch 4 of the export in it, on one row', async () => {
    const model = buildOnnx({
      nodes: [
        { op: 'Reshape', inputs: ['x', 'shape'], output: 'a' },
        { op: 'MatMul', inputs: ['a', 'w'], output: 'y' },
      ],
      initializers: [floats('w', [2, 8, 5], series(80)), int64s('shape', [4, 2, 1, 8])],
      inputs: { x: [4, 16] },
    });
    expect(relativeDifference(await ours(model), await onnxruntime(model, 4))).toBeLessThan(1e-5);
  });

  test('weights in a file beside the model are the same as inside of it', async () => {
    const beside = new Uint8Array([1, 2, 3, 4, ...w.raw]);
    const parts = withConstants('MatMul', ['x', 'w'], [{ ...w, external: { location: 'weights.bin', offset: 4 } }]);
    expect(await ours(buildOnnx(parts), beside)).toEqual(await ours(buildOnnx(withConstants('MatMul', ['x', 'w'], [w]))));
    await expect(ours(buildOnnx(parts), beside.subarray(0, 100))).rejects.toThrow(
      'lies at bytes 4 to 324 of weights.bin, which has 100',
    );
  });
});
