import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { openSource } from '../../../compiler/files.ts';
import { readTflite } from '../../../compiler/read/tflite/read.ts';
import { missing, sharedData } from '../../data.ts';
import { buildTflite, type TfliteParts } from './tflite-build.ts';

/** What the reader says about a model, or the error itself if it is not the user's. */
async function complaint(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'it was read';
}

const file = (path: string): Promise<string> => complaint(() => readTflite({ ...openSource(path), name: 'model.tflite' }));
const built = (parts: TfliteParts): Promise<string> =>
  complaint(async () =>
    readTflite({ name: 'model.tflite', bytes: buildTflite(parts), sibling: () => Promise.reject(new Error('no neighbours')) }),
  );

const x = { shape: [1, 16] };
const relu = { code: 19, inputs: ['x'], output: 'y' };
const supported =
  'Convert a float model of dense layers. Supported operators are FULLY_CONNECTED, ADD, SUB, MUL, DIV, RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU, ELU, LOGISTIC, TANH, SOFTMAX, RESHAPE, DEQUANTIZE.';
const integer = 'Integer TFLite models are not read yet: give the float model, which is quantized here with less loss.';

describe('a model of another kind is refused with its node', () => {
  test('integer models of ad01', async () => {
    expect(await file('test/models/ad01/ad01_int8.tflite')).toBe(
      `model.tflite, input "input_1": is int8; expected float32\n  ${integer}`,
    );
    expect(await file('test/models/ad01/peers/model_ToyCar_quant_fullint.tflite')).toBe(
      `model.tflite, node "input_1_int8" (QUANTIZE): quantizes values\n  ${integer}`,
    );
  });

  test.skipIf(missing('transformer_monitor') !== null)('an LSTM with custom operators and WHILE', async () => {
    expect(await file(join(sharedData, 'transformer_monitor/lstm_autoencoder.tflite'))).toBe(
      `model.tflite, node "functional_1/lstm_1/TensorArrayV2_1" (custom "FlexTensorListReserve"): operator custom "FlexTensorListReserve" is not supported (nor SHAPE, STRIDED_SLICE, PACK, FILL, TRANSPOSE, WHILE, custom "FlexTensorListStack", EXPAND_DIMS, TILE, CONCATENATION)\n  ${supported}`,
    );
  });

  test.skipIf(missing('mlperf_ic01') !== null)('a convolutional classifier', async () => {
    expect(await file(join(sharedData, 'mlperf_ic01/pretrainedResnet.tflite'))).toContain(
      `(CONV_2D): operator CONV_2D is not supported (nor AVERAGE_POOL_2D)\n  ${supported}`,
    );
  });
});

test.each<[title: string, parts: TfliteParts, expected: string]>([
  [
    'a custom operator',
    { tensors: { x, y: x }, operators: [{ ...relu, code: 'FlexErf' }] },
    `model.tflite, node "y" (custom "FlexErf"): operator custom "FlexErf" is not supported\n  ${supported}`,
  ],
  [
    'dynamic-range weights',
    {
      tensors: { x, w: { shape: [5, 16], type: 9, data: new Int8Array(80) }, y: { shape: [1, 5] } },
      operators: [{ code: 9, inputs: ['x', 'w'], output: 'y' }],
    },
    `model.tflite, node "y" (FULLY_CONNECTED): its tensor "w" is int8\n  ${integer}`,
  ],
  [
    'two graphs',
    { tensors: { x, y: x }, operators: [relu], copies: 2 },
    'model.tflite: holds 2 graphs; expected one\n  Convert the model with one signature, from its input to its reconstruction.',
  ],
  [
    'two inputs',
    { tensors: { x, state: x, y: x }, operators: [relu], inputs: ['x', 'state'] },
    'model.tflite: has 2 inputs (x, state); an autoencoder has one\n  Export only the part of the model from its input to its reconstruction.',
  ],
  [
    'two outputs',
    { tensors: { x, latent: x, y: x }, operators: [relu], outputs: ['y', 'latent'] },
    'model.tflite: has 2 outputs (y, latent); an autoencoder has one\n  Export only the part of the model from its input to its reconstruction.',
  ],
  [
    'a softmax with another beta',
    {
      tensors: { x, y: x },
      operators: [{ ...relu, code: 25, options: { type: 9, fields: [['float32', 0, 2]] } }],
    },
    'model.tflite, node "y" (SOFTMAX): has beta 2\n  Supported is beta 1, which tf.keras.layers.Softmax gives.',
  ],
  [
    'an operator whose input nothing defines',
    { tensors: { x, z: x, y: x }, operators: [{ ...relu, inputs: ['z'] }] },
    'model.tflite, node "y" (RELU): reads "z", which nothing before it defines\n  Export the model again.',
  ],
  [
    'weights that do not fill their shape',
    {
      tensors: { x, w: { shape: [5, 16], data: new Float32Array(79) }, y: { shape: [1, 5] } },
      operators: [{ code: 9, inputs: ['x', 'w'], output: 'y' }],
    },
    'model.tflite, node "y" (FULLY_CONNECTED): its tensor "w" has 316 bytes for [5 x 16] of float32\n  The file looks damaged: export it again.',
  ],
])('%s is refused', async (_, parts, expected) => {
  expect(await built(parts)).toBe(expected);
});
