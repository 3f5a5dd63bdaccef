import { join } from 'node:path';
import { expect, test } from 'vitest';
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
const plain = 'Convert the model for inference and with plain layers, or ask for the operator in an issue.';
const flex =
  'Operators of TensorFlow itself (Flex) are unknown to TFLite runtimes without TensorFlow: convert without SELECT_TF_OPS; a recurrent layer converts with a fixed batch of 1.';
const controlFlow = 'Convert the model without control flow: a recurrent layer converts to one operator with a fixed batch of 1.';
const int8 = (scales: readonly number[] | null): TfliteParts => ({
  tensors: {
    x,
    w: { shape: [5, 16], type: 9, data: new Int8Array(80), ...(scales === null ? {} : { scales }) },
    y: { shape: [1, 5] },
  },
  operators: [{ code: 9, inputs: ['x', 'w'], output: 'y' }],
});
const weights = (w: TfliteParts['tensors'][string]): TfliteParts => ({
  tensors: { x, w, y: { shape: [1, 5] } },
  operators: [{ code: 9, inputs: ['x', 'w'], output: 'y' }],
});

test.skipIf(missing('transformer_monitor') !== null)(
  'an LSTM with custom operators and WHILE is refused with its node',
  async () => {
    expect(await file(join(sharedData, 'transformer_monitor/lstm_autoencoder.tflite'))).toBe(
      `model.tflite, node "functional_1/lstm_1/TensorArrayV2_1" (custom "FlexTensorListReserve"): operator custom "FlexTensorListReserve" is not supported (nor WHILE, custom "FlexTensorListStack")\n  ${flex}`,
    );
  },
);

test.each<[title: string, parts: TfliteParts, expected: string]>([
  [
    'a custom operator',
    { tensors: { x, y: x }, operators: [{ ...relu, code: 'FlexErf' }] },
    `model.tflite, node "y" (custom "FlexErf"): operator custom "FlexErf" is not supported\n  ${flex}`,
  ],
  [
    'another custom operator',
    { tensors: { x, y: x }, operators: [{ ...relu, code: 'Mfcc' }] },
    'model.tflite, node "y" (custom "Mfcc"): operator custom "Mfcc" is not supported\n  Convert the model without custom operators.',
  ],
  [
    'control flow',
    { tensors: { x, y: x }, operators: [{ ...relu, code: 118 }] },
    `model.tflite, node "y" (IF): operator IF is not supported\n  ${controlFlow}`,
  ],
  [
    'an operator that is not read',
    { tensors: { x, y: x }, operators: [{ ...relu, code: 12 }] },
    `model.tflite, node "y" (L2_POOL_2D): operator L2_POOL_2D is not supported\n  ${plain}`,
  ],
  ['int8 weights without a scale', int8(null), 'model.tflite, tensor "w": is int8 without a scale\n  Convert the model again.'],
  [
    'three scales for five channels',
    int8([1, 2, 3]),
    'model.tflite, tensor "w": has 3 scales on axis 0 of [5 x 16]\n  The file looks truncated or damaged: copy it or export the model again.',
  ],
  [
    'int4 weights',
    weights({ shape: [5, 16], type: 17, data: new Int8Array(40), scales: [1] }),
    'model.tflite, tensor "w": holds int4; supported are float32, float16, bfloat16, float64, int8, uint8, int16, int32, uint32, int64, bool\n  Convert the model with float, float16 or int8 weights.',
  ],
  [
    'a sparse tensor',
    weights({ shape: [5, 16], data: new Float32Array(80), isSparse: true }),
    'model.tflite, tensor "w": is sparse; supported are dense tensors with one scale, or one per channel\n  Convert the model without this optimization.',
  ],
  [
    'shuffled weights',
    {
      tensors: { x, w: { shape: [5, 16], data: new Float32Array(80) }, y: { shape: [1, 5] } },
      operators: [{ code: 9, inputs: ['x', 'w'], output: 'y', options: { type: 8, fields: [['int8', 1, 1]] } }],
    },
    'model.tflite, node "y" (FULLY_CONNECTED): has shuffled weights\n  Export the model without weight shuffling.',
  ],
  [
    'a state of its own',
    { tensors: { x, s: { ...x, isVariable: true }, y: x }, operators: [{ code: 0, inputs: ['x', 's'], output: 'y' }] },
    'model.tflite, node "y" (ADD): reads "s", which the model keeps from one run to the next\n  Export the model without a state of its own: each window stands for itself.',
  ],
  [
    'blocks without a convolution',
    {
      tensors: {
        x: { shape: [1, 4, 4, 1] },
        block: { shape: [2], type: 2, data: Int32Array.of(2, 2) },
        none: { shape: [2, 2], type: 2, data: new Int32Array(4) },
        s: { shape: [4, 2, 2, 1] },
        y: { shape: [4, 2, 2, 1] },
      },
      operators: [
        { code: 38, inputs: ['x', 'block', 'none'], output: 's' },
        { code: 1, inputs: ['s'], output: 'y' },
      ],
    },
    'model.tflite, node "y" (AVERAGE_POOL_2D): reads "s", which SPACE_TO_BATCH_ND spreads over the batch; supported between it and BATCH_TO_SPACE_ND are a convolution, a bias and an activation\n  Convert the model with a TensorFlow version that writes dilated convolutions as such.',
  ],
  [
    'random values that are no sampling layer',
    {
      tensors: { x, shape: { shape: [2], type: 2, data: Int32Array.of(1, 16) }, noise: x, y: x },
      operators: [
        { code: 146, inputs: ['shape'], output: 'noise' },
        { code: 0, inputs: ['x', 'noise'], output: 'y' },
      ],
    },
    'model.tflite, node "y" (ADD): reads "noise", which is random; supported is a sampling layer, mean + deviation * noise\n  Export the model for inference, without random layers.',
  ],
  [
    'an input of whole numbers',
    { tensors: { x: { ...x, type: 2 }, y: x }, operators: [relu] },
    'model.tflite, input "x": is int32 without a scale; expected real values: float32, or int8 with one scale\n  Convert the model with float or quantized int8 values at its ends.',
  ],
  [
    'a fused SIGN_BIT',
    {
      tensors: { x, y: x },
      operators: [{ code: 0, inputs: ['x', 'x'], output: 'y', options: { type: 11, fields: [['int8', 0, 5]] } }],
    },
    'model.tflite, node "y" (ADD): has fused activation 5\n  Supported are NONE, RELU, RELU_N1_TO_1, RELU6, TANH.',
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
    'model.tflite: has 2 outputs (y [1 x 16], latent [1 x 16]); which one is meant is not clear\n  Name it: --reconstruction <name>, or --code <name> of an encoder in a file of its own.',
  ],
  [
    'an operator whose input nothing defines',
    { tensors: { x, z: x, y: x }, operators: [{ ...relu, inputs: ['z'] }] },
    'model.tflite, node "y" (RELU): reads "z", which nothing before it defines\n  Export the model again.',
  ],
  [
    'weights that do not fill their shape',
    weights({ shape: [5, 16], data: new Float32Array(79) }),
    'model.tflite, tensor "w": has 316 bytes for [5 x 16] of float32\n  The file looks damaged: copy it or export the model again.',
  ],
])('%s is refused', async (_, parts, expected) => {
  expect(await built(parts)).toBe(expected);
});
