import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { relativeDifference } from '../../data.ts';
import { buildOnnx, floats, int64s, scalar64, type Initializer, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';
import { distanceFromOrt, float, runOrt, text, wave, weights, type Case } from './onnx-run.ts';

/** Models as PyTorch's and Keras' exporters write them, operator by operator. */

const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NonNullable<OnnxNodeParts['attributes']> = {},
): OnnxNodeParts => ({ op, inputs, output, attributes });

/** nn.Sequential of Conv2d, BatchNorm2d, ReLU, MaxPool2d, Linear, Unflatten, ConvTranspose2d, Upsample, Conv2d, Sigmoid. */
const convolutional: OnnxParts = {
  nodes: [
    node('Conv', ['x', 'w1', 'b1'], 'c1', {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      group: 1,
    }),
    node('BatchNormalization', ['c1', 's', 'o', 'm', 'v'], 'n1', { epsilon: float(1e-5), momentum: float(0.9) }),
    node('Relu', ['n1'], 'r1'),
    node('MaxPool', ['r1'], 'p1', { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Shape', ['p1'], 'shape'),
    node('Gather', ['shape', 'zero'], 'batch', { axis: 0 }),
    node('Unsqueeze', ['batch', 'front'], 'batch1'),
    node('Concat', ['batch1', 'rest'], 'flat', { axis: 0 }),
    node('Reshape', ['p1', 'flat'], 'f'),
    node('Gemm', ['f', 'w2', 'b2'], 'code', { transB: 1 }),
    node('Gemm', ['code', 'w3', 'b3'], 'back', { transB: 1 }),
    node('Reshape', ['back', 'unflat'], 'u'),
    node('ConvTranspose', ['u', 'w4', 'b4'], 't', {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      output_padding: [1, 1],
    }),
    node('LeakyRelu', ['t'], 'l', { alpha: float(0.2) }),
    node('Resize', ['l', '', 'scales'], 'big', {
      mode: text('nearest'),
      nearest_mode: text('floor'),
      coordinate_transformation_mode: text('asymmetric'),
    }),
    node('Conv', ['big', 'w5'], 'c5', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    node('Sigmoid', ['c5'], 'y'),
  ],
  initializers: [
    weights('w1', [4, 1, 3, 3]),
    weights('b1', [4]),
    weights('s', [4]),
    weights('o', [4]),
    weights('m', [4]),
    floats('v', [4], [0.5, 1, 2, 3]),
    scalar64('zero', 0),
    int64s('front', [0]),
    int64s('rest', [-1]),
    weights('w2', [5, 64]),
    weights('b2', [5]),
    weights('w3', [64, 5]),
    weights('b3', [64]),
    int64s('unflat', [-1, 4, 4, 4]),
    weights('w4', [4, 3, 3, 3]),
    weights('b4', [3]),
    floats('scales', [4], [1, 1, 2, 2]),
    weights('w5', [1, 3, 3, 3]),
  ],
  opset: 17,
};

/** nn.MultiheadAttention of 2 heads over 6 steps of 8 values with a causal mask, then LayerNorm written out. */
const attention: OnnxParts = {
  nodes: [
    node('MatMul', ['x', 'wqkv'], 'qkv'),
    node('Add', ['qkv', 'bqkv'], 'qkvb'),
    node('Reshape', ['qkvb', 'heads'], 'h'),
    node('Transpose', ['h'], 'ht', { perm: [2, 0, 3, 1, 4] }),
    ...['q', 'k', 'v'].map((name, i) => node('Gather', ['ht', `at${i}`], name, { axis: 0 })),
    node('Transpose', ['k'], 'kt', { perm: [0, 1, 3, 2] }),
    node('Sqrt', ['size'], 'root'),
    node('Div', ['one', 'root'], 'scale'),
    node('Mul', ['q', 'scale'], 'qs'),
    node('MatMul', ['qs', 'kt'], 'scores'),
    node('Trilu', ['all'], 'seen', { upper: 0 }),
    node('Cast', ['seen'], 'visible', { to: 9 }),
    node('Where', ['visible', 'none', 'never'], 'mask'),
    node('Add', ['scores', 'mask'], 'masked'),
    node('Softmax', ['masked'], 'shares', { axis: -1 }),
    node('MatMul', ['shares', 'v'], 'o'),
    node('Transpose', ['o'], 'ot', { perm: [0, 2, 1, 3] }),
    node('Reshape', ['ot', 'joined'], 'j'),
    node('Add', ['j', 'x'], 'sum'),
    node('ReduceMean', ['sum'], 'mean', { axes: [-1] }),
    node('Sub', ['sum', 'mean'], 'centred'),
    node('Pow', ['centred', 'two'], 'squares'),
    node('ReduceMean', ['squares'], 'variance', { axes: [-1] }),
    node('Add', ['variance', 'epsilon'], 'safe'),
    node('Sqrt', ['safe'], 'deviation'),
    node('Div', ['centred', 'deviation'], 'normal'),
    node('Mul', ['normal', 'gamma'], 'scaled'),
    node('Add', ['scaled', 'beta'], 'y'),
  ],
  initializers: [
    weights('wqkv', [8, 24]),
    weights('bqkv', [24]),
    int64s('heads', [0, 0, 3, 2, 4]),
    scalar64('at0', 0),
    scalar64('at1', 1),
    scalar64('at2', 2),
    floats('size', [], [4]),
    floats('one', [], [1]),
    floats(
      'all',
      [6, 6],
      Array.from({ length: 36 }, () => 1),
    ),
    floats('none', [], [0]),
    floats('never', [], [-Infinity]),
    int64s('joined', [0, 0, 8]),
    floats('two', [], [2]),
    floats('epsilon', [], [1e-5]),
    weights('gamma', [8]),
    weights('beta', [8]),
  ],
  opset: 14,
};

const code = (nodes: readonly OnnxNodeParts[]): OnnxParts => ({
  nodes: [node('Gemm', ['x', 'wm'], 'mean', { transB: 1 }), ...nodes, node('Gemm', ['z', 'wd'], 'y', { transB: 1 })],
  initializers: [weights('wm', [3, 8]), weights('wv', [3, 8], 0.9), weights('wd', [8, 3]), floats('half', [], [0.5])],
});
/** mean + exp(logvar / 2) * torch.randn_like(...) */
const variational = code([
  node('Gemm', ['x', 'wv'], 'logvar', { transB: 1 }),
  node('Mul', ['logvar', 'half'], 'halved'),
  node('Exp', ['halved'], 'std'),
  node('RandomNormalLike', ['std'], 'noise'),
  node('Mul', ['noise', 'std'], 'spread'),
  node('Add', ['mean', 'spread'], 'z'),
]);

const cases: readonly Case[] = [
  ['a convolutional autoencoder', convolutional, [1, 1, 8, 8]],
  ['causal attention and a layer normalization, written out', attention, [1, 6, 8]],
];

describe('models as exporters write them mean what they mean to onnxruntime-web, to 1e-5', () => {
  test.each(cases)('%s', async (_, parts, shape) => {
    expect(await distanceFromOrt(parts, shape)).toBeLessThan(1e-5);
  });

  test('a variational autoencoder takes the mean, and is known as one', async () => {
    expect(await distanceFromOrt(variational, [1, 8], code([node('Identity', ['mean'], 'z')]))).toBeLessThan(1e-5);
    const bytes = buildOnnx({ ...variational, inputs: { x: ['N', 8] } });
    const graph = await readOnnx({ name: 'vae.onnx', bytes, sibling: () => Promise.reject(new Error('none')) });
    expect(graph.nodes.filter(({ op }) => op.kind === 'sample')).toHaveLength(1);
  });

  test('random values elsewhere are refused', async () => {
    const parts = code([node('RandomNormalLike', ['mean'], 'noise'), node('Add', ['mean', 'noise'], 'z')]);
    await expect(distanceFromOrt(parts, [1, 8], code([node('Identity', ['mean'], 'z')]))).rejects.toThrow(
      'reads "noise", random values; they are read as mean + deviation * noise alone',
    );
  });
});

test('a float16 model is computed in f32: its weights are what it is', async () => {
  const half = {
    name: 'w',
    dims: [8, 2],
    type: 10,
    raw: new Uint8Array(Uint16Array.from({ length: 16 }, (_, i) => [0x3c00, 0xb555, 1][i % 3]!).buffer),
  };
  const values = Array.from({ length: 16 }, (_, i) => [1, -0.33325195, 2 ** -24][i % 3]!);
  const nodes = [node('MatMul', ['x', 'w'], 'h'), node('Relu', ['h'], 'y')];
  const bytes = buildOnnx({ nodes, initializers: [half], inputs: { x: ['N', 8] }, type: 10 });
  const graph = await readOnnx({ name: 'half.onnx', bytes, sibling: () => Promise.reject(new Error('none')) });
  expect(graph.nodes.map(({ op }) => op.kind)).toEqual(['dense', 'elementwise']);
  const x = { shape: [1, 8], data: Float32Array.from(wave(8)) };
  const [expected] = await runOrt({ nodes, initializers: [floats('w', [8, 2], values)] }, [x.data], x.shape);
  expect(relativeDifference([evaluate(graph, [x]).get(graph.outputs[0]!)!.data], [expected!.data])).toBeLessThan(1e-6);
});

/** The same weights in another number format: what 16-bit and 8-bit models store. */
const stored = (name: string, type: number, raw: Uint8Array): Initializer => ({ name, dims: [8, 4], type, raw });
const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const small = wave(32).map((value) => Math.round(value * 8) / 8);
const asFloat32 = bytesOf(Float32Array.from(small));

describe('weights in another number format give the same result', () => {
  const product = (w: Initializer, cast: boolean): OnnxParts => ({
    nodes: cast
      ? [node('Cast', ['w'], 'f', { to: 1 }), node('MatMul', ['x', 'f'], 'y')]
      : [node('DequantizeLinear', ['w', 'scale'], 'f'), node('MatMul', ['x', 'f'], 'y')],
    initializers: [w, floats('scale', [], [0.125])],
    opset: 19,
  });
  const oracle: OnnxParts = { nodes: [node('MatMul', ['x', 'w'], 'y')], initializers: [stored('w', 1, asFloat32)] };
  const words = Uint32Array.from(new Uint32Array(asFloat32.slice().buffer));

  test.each<[title: string, w: Initializer, cast: boolean]>([
    ['bfloat16: the high half of float32', stored('w', 16, bytesOf(Uint16Array.from(words, (word) => word >>> 16))), true],
    ['double', stored('w', 11, bytesOf(Float64Array.from(small))), true],
    ['int8 with a scale', stored('w', 3, bytesOf(Int8Array.from(small, (value) => value * 8))), false],
  ])('%s', async (_, w, cast) => {
    expect(await distanceFromOrt(product(w, cast), [1, 8], oracle)).toBeLessThan(1e-6);
  });
});
