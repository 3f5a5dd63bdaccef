import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { openSource } from '../../../compiler/files.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { missing, sharedData } from '../../data.ts';
import { buildOnnx, floats, int64s, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';

/** What the reader says about a model: the InputError's place and fact, or the error itself if it is another. */
async function complaint(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
  } catch (error) {
    if (error instanceof InputError) return `${error.where}: ${error.what}`;
    throw error;
  }
  return 'it was read';
}

const file = (path: string): Promise<string> => complaint(() => readOnnx({ ...openSource(path), name: 'model.onnx' }));
const built = (parts: OnnxParts): Promise<string> =>
  complaint(() =>
    readOnnx({ name: 'model.onnx', bytes: buildOnnx(parts), sibling: () => Promise.reject(new Error('no neighbours')) }),
  );
const one = (
  node: Partial<OnnxNodeParts> & { readonly op: string },
  initializers: OnnxParts['initializers'] = [],
): Promise<string> => built({ nodes: [{ inputs: ['x'], output: 'y', name: 'n', ...node }], initializers });

describe('a model of another kind is refused with its node and all its operators', () => {
  test('quantized models of ad01', async () => {
    expect(await file('test/models/ad01/peers/ad01_qdq_u8s8_f.onnx')).toBe(
      'model.onnx, node "QuantizeLinear_xq" (QuantizeLinear): operator QuantizeLinear is not supported (nor DequantizeLinear)',
    );
    expect(await file('test/models/ad01/peers/ad01_dynint8.onnx')).toBe(
      'model.onnx, node "DynamicQuantizeLinear_dq0" (DynamicQuantizeLinear): operator DynamicQuantizeLinear is not supported (nor MatMulInteger)',
    );
  });

  describe.each([
    ['hls4ml/conv1d_small_keras.onnx', 'node "Conv1D__" (Conv): operator Conv is not supported'],
    ['hls4ml/conv2d_small_mp_keras.onnx', 'node "Conv2D_1" (Conv): operator Conv is not supported (nor MaxPool)'],
    [
      'hls4ml/bnn_model_fc_1layer.onnx',
      'node "/linear/input_quant/export_handler/BipolarQuant" (BipolarQuant): operator BipolarQuant of domain onnx.brevitas is not supported (nor Quant of domain onnx.brevitas)',
    ],
    ['vae_onnx/vae-11.onnx', 'node "convs/convs.0/ConvTranspose" (ConvTranspose): operator ConvTranspose is not supported'],
    [
      'transformer_monitor/lstm_autoencoder.onnx',
      'node "functional_1_lstm_1_2_while_cond_frozen_1267_functional_1/lstm_1_2/while/Less_1" (Less): operator Less is not supported (nor And, Loop, Slice, Tile)',
    ],
    [
      'transformer_monitor/small_lstm_autoencoder.onnx',
      'node "functional_1/lstm_1/strided_slice" (Slice): operator Slice is not supported (nor Expand, LSTM, Tile)',
    ],
  ])('%s', (path, expected) => {
    test.skipIf(missing(path) !== null)('is refused', async () => {
      expect(await file(join(sharedData, path))).toBe(`model.onnx, ${expected}`);
    });
  });

  test('the hint says what to do and lists what is supported', async () => {
    const read = readOnnx({
      name: 'model.onnx',
      bytes: readFileSync('test/models/ad01/peers/ad01_qdq_u8s8_f.onnx'),
      sibling: () => Promise.reject(new Error('no neighbours')),
    });
    await expect(read).rejects.toThrow(
      /Integer models are not read yet: export the float model, which is quantized here\. Supported operators are Constant, Gemm, MatMul,.* Shape, Gather, Concat\./,
    );
  });
});

describe('what an operator cannot say is refused with its node', () => {
  const w = floats(
    'w',
    [16, 5],
    Array.from({ length: 80 }, () => 1),
  );

  test.each<
    [
      title: string,
      node: Partial<OnnxNodeParts> & { readonly op: string },
      initializers: NonNullable<OnnxParts['initializers']>,
      what: string,
    ]
  >([
    ['Gemm with transA', { op: 'Gemm', inputs: ['x', 'w'], attributes: { transA: 1 } }, [w], 'transA is not supported'],
    [
      'Gemm with C for another width',
      { op: 'Gemm', inputs: ['x', 'w', 'c'] },
      [w, floats('c', [3], [1, 2, 3])],
      'C of 3 values for 5 outputs is not supported',
    ],
    [
      'Gemm by a vector',
      { op: 'Gemm', inputs: ['x', 'v'] },
      [
        floats(
          'v',
          [16],
          Array.from({ length: 16 }, () => 1),
        ),
      ],
      'B on [16] is not supported',
    ],
    [
      'Gemm by computed weights',
      { op: 'Gemm', inputs: ['x', 'x'] },
      [],
      'its input 1 ("x") is computed by the model; it must be a constant',
    ],
    [
      'Dropout in training',
      { op: 'Dropout', inputs: ['x', '', 't'] },
      [{ name: 't', dims: [], type: 9, raw: new Uint8Array([1]) }],
      'training_mode is not supported',
    ],
    [
      'Cast of values to int64',
      { op: 'Cast', attributes: { to: 7 } },
      [],
      'a cast of computed values to type 7 is not supported',
    ],
    ['Softmax over the batch', { op: 'Softmax', attributes: { axis: 0 } }, [], 'axis 0 on [1 x 16] is not supported'],
    ['Selu of its own', { op: 'Selu', attributes: { alpha: { float: 2 } } }, [], 'alpha 2 with gamma 1.050701 is not supported'],
    [
      'Concat of values',
      { op: 'Concat', inputs: ['x', 'x'], attributes: { axis: 1 } },
      [],
      'Concat of values that the model computes is not supported',
    ],
    ['a value that nothing defines', { op: 'Relu', inputs: ['z'] }, [], 'reads "z", which nothing before it defines'],
  ])('%s', async (_, node, initializers, what) => {
    expect(await one(node, initializers)).toBe(`model.onnx, node "n" (${node.op}): ${what}`);
  });

  test('a Reshape to another size', async () => {
    expect(await one({ op: 'Reshape', inputs: ['x', 'shape'] }, [int64s('shape', [3, 5])])).toBe(
      'model.onnx, node "n" (reshape): cannot reshape [1 x 16] (16 values) to [3 x 5] (15 values)',
    );
  });
});

describe('inputs and outputs that an autoencoder has not are refused by name', () => {
  const relu = [{ op: 'Relu', inputs: ['x'], output: 'y' }];

  test.each<[title: string, parts: OnnxParts, expected: string]>([
    [
      'two inputs',
      { nodes: relu, inputs: { x: ['N', 16], state: ['N', 4] } },
      'model.onnx: has 2 inputs (x, state); an autoencoder has one',
    ],
    ['two outputs', { nodes: relu, outputs: ['y', 'latent'] }, 'model.onnx: has 2 outputs (y, latent); an autoencoder has one'],
    [
      'an open window',
      { nodes: relu, inputs: { x: ['N', 'T', 16] } },
      'model.onnx, input "x": has shape [? x ? x 16]; only the first extent, the batch, may be open',
    ],
    [
      'no batch axis',
      { nodes: relu, inputs: { x: [16] } },
      'model.onnx, input "x": has shape [16]; expected a batch axis and the values, such as [1 x 640]',
    ],
    ['no nodes', { nodes: [] }, 'model.onnx: holds no graph'],
    ['an output that no node defines', { nodes: relu, outputs: ['z'] }, 'model.onnx: its output "z" is defined by no node'],
  ])('%s', async (_, parts, expected) => {
    expect(await built(parts)).toBe(expected);
  });
});
