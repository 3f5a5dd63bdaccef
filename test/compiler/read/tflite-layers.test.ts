import { describe, expect, test } from 'vitest';
import { buildTflite, type OperatorParts, type TensorParts, type TfliteParts } from './tflite-build.ts';
import {
  expectReadOrRefused,
  expectSameAsLiteRt,
  floats,
  inputsOf,
  optionTypes,
  ours,
  readBuilt,
  series,
  whole,
} from './tflite-compare.ts';

const code = {
  add: 0,
  conv: 3,
  depthwise: 4,
  fullyConnected: 9,
  mul: 18,
  relu: 19,
  reshape: 22,
  batchToSpace: 37,
  spaceToBatch: 38,
};

const pairs = (...values: readonly number[]): TensorParts => ({
  shape: [values.length / 2, 2],
  type: 2,
  data: Int32Array.from(values),
});
const convOptions = (type: 'conv' | 'depthwise'): NonNullable<OperatorParts['options']> => ({
  type: optionTypes[type],
  // VALID, strides of 1.
  fields: [
    ['int8', 0, 1],
    ['int32', 1, 1],
    ['int32', 2, 1],
  ],
});

/** As TensorFlow writes a dilated convolution that its converter did not recognise. */
const dilated: Readonly<Record<string, TfliteParts>> = {
  'CONV_2D [5 x 3 x 3 x 4] of dilation 2, SAME, with a bias and a RELU behind it': {
    tensors: {
      x: { shape: [1, 6, 7, 4] },
      block: whole(2, 2),
      paddings: pairs(2, 2, 2, 3),
      spread: { shape: [4, 5, 6, 4] },
      w: floats(5, 3, 3, 4),
      b: floats(5),
      sums: { shape: [4, 3, 4, 5] },
      bias: { shape: [1, 1, 1, 5], data: series(5, 0.9) },
      biased: { shape: [4, 3, 4, 5] },
      active: { shape: [4, 3, 4, 5] },
      crops: pairs(0, 0, 0, 1),
      y: { shape: [1, 6, 7, 5] },
    },
    operators: [
      { code: code.spaceToBatch, inputs: ['x', 'block', 'paddings'], output: 'spread' },
      { code: code.conv, inputs: ['spread', 'w', 'b'], output: 'sums', options: convOptions('conv') },
      { code: code.add, inputs: ['sums', 'bias'], output: 'biased', options: { type: optionTypes.add, fields: [] } },
      { code: code.relu, inputs: ['biased'], output: 'active' },
      { code: code.batchToSpace, inputs: ['active', 'block', 'crops'], output: 'y' },
    ],
  },
  'DEPTHWISE_CONV_2D [1 x 2 x 3 x 4] of dilation 3 x 2, VALID': {
    tensors: {
      x: { shape: [1, 6, 8, 4] },
      block: whole(3, 2),
      paddings: pairs(0, 0, 0, 0),
      spread: { shape: [6, 2, 4, 4] },
      w: floats(1, 2, 3, 4),
      b: floats(4),
      sums: { shape: [6, 1, 2, 4] },
      crops: pairs(0, 0, 0, 0),
      y: { shape: [1, 3, 4, 4] },
    },
    operators: [
      { code: code.spaceToBatch, inputs: ['x', 'block', 'paddings'], output: 'spread' },
      { code: code.depthwise, inputs: ['spread', 'w', 'b'], output: 'sums', options: convOptions('depthwise') },
      { code: code.batchToSpace, inputs: ['sums', 'block', 'crops'], output: 'y' },
    ],
  },
  'a convolution of a signal of 12, dilation 4, through images of one row': {
    tensors: {
      x: { shape: [1, 12, 3] },
      block: whole(4),
      paddings: pairs(4, 4),
      spread: { shape: [4, 5, 3] },
      to: whole(4, 1, 5, 3),
      image: { shape: [4, 1, 5, 3] },
      w: floats(5, 1, 3, 3),
      b: floats(5),
      sums: { shape: [4, 1, 3, 5] },
      back: whole(4, 3, 5),
      signal: { shape: [4, 3, 5] },
      crops: pairs(0, 0),
      y: { shape: [1, 12, 5] },
    },
    operators: [
      { code: code.spaceToBatch, inputs: ['x', 'block', 'paddings'], output: 'spread' },
      { code: code.reshape, inputs: ['spread', 'to'], output: 'image', options: { type: optionTypes.reshape, fields: [] } },
      { code: code.conv, inputs: ['image', 'w', 'b'], output: 'sums', options: convOptions('conv') },
      { code: code.reshape, inputs: ['sums', 'back'], output: 'signal', options: { type: optionTypes.reshape, fields: [] } },
      { code: code.batchToSpace, inputs: ['signal', 'block', 'crops'], output: 'y' },
    ],
  },
};

describe('a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND means what it means to LiteRT, to 1e-5', () => {
  test.each(Object.entries(dilated))('%s', (_, parts) => expectSameAsLiteRt(parts));
});

const dense = (w: TensorParts): Uint8Array =>
  buildTflite({
    tensors: { x: { shape: [1, 16] }, w, y: { shape: [1, 5] } },
    operators: [{ code: code.fullyConnected, inputs: ['x', 'w'], output: 'y' }],
  });

/** q * scale of the row, as the file means it; the exact products are rounded once, to f32. */
describe('int8 weights are what their scales say, exactly', () => {
  const q = Int8Array.from({ length: 80 }, (_, i) => ((i * 37) % 255) - 127);
  const scales = [0.011, 0.002, 0.3, 0.0007, 0.05].map(Math.fround);
  const inputs = inputsOf(16);

  test.each([
    ['one scale', [scales[0]!], 0],
    ['one scale and a zero point', [scales[0]!], -3],
    ['a scale per output', scales, 0],
  ])('%s', async (_, given, zeroPoint) => {
    const real = Float32Array.from(q, (value, i) => (value - zeroPoint) * given[given.length === 1 ? 0 : Math.floor(i / 16)]!);
    const int8 = dense({ shape: [5, 16], type: 9, data: q, scales: given, zeroPoint });
    expect(await ours(int8, inputs)).toEqual(await ours(dense({ shape: [5, 16], data: real }), inputs));
  });
});

// [1 x 2 x 2 x 4] with a scale per output, which is axis 3 there and axis 0 in our weights; -128 is no weight of int8 kernels.
test.each([
  ['keep the scales of their file', -127, true],
  ['are quantized anew where one is -128', -128, false],
])('depthwise weights per channel %s', async (_, least, kept) => {
  const scales = [0.011, 0.002, 0.3, 0.0007].map(Math.fround);
  const q = Int8Array.from({ length: 16 }, (_value, i) => (i === 3 ? least : i * 7 - 40));
  const w = { shape: [1, 2, 2, 4], type: 9, data: q, scales, axis: 3 };
  const model = buildTflite({
    tensors: { x: { shape: [1, 3, 3, 4] }, w, y: { shape: [1, 2, 2, 4] } },
    operators: [{ code: code.depthwise, inputs: ['x', 'w'], output: 'y', options: convOptions('depthwise') }],
  });
  const graph = await readBuilt(model);
  const weights = graph.constants.get(graph.nodes[0]!.inputs[1]!)!;
  expect(weights.shape).toEqual([4, 2, 2, 1]);
  expect([...weights.data]).toEqual([0, 1, 2, 3].flatMap((o) => [0, 4, 8, 12].map((at) => Math.fround(q[at + o]! * scales[o]!))));
  expect(weights.scales).toEqual(kept ? Float32Array.from(scales) : undefined);
});

const arithmetic = (type: 'add' | 'mul', inputs: readonly string[], output: string): OperatorParts => ({
  code: code[type],
  inputs,
  output,
  options: { type: optionTypes[type], fields: [] },
});

// RANDOM_STANDARD_NORMAL as tf.random.normal writes it, times 1 and plus 0.
test('a sampling layer is read as one, and gives the mean', async () => {
  const [x, one] = [{ shape: [1, 16] }, { shape: [] }];
  const sampled = buildTflite({
    tensors: {
      x,
      shape: whole(1, 16),
      noise: x,
      one: { ...one, data: Float32Array.of(1) },
      zero: { ...one, data: Float32Array.of(0) },
      half: { ...one, data: Float32Array.of(0.5) },
      scaled: x,
      shifted: x,
      logDeviation: x,
      deviation: x,
      spread: x,
      y: x,
    },
    operators: [
      { code: 146, inputs: ['shape'], output: 'noise' },
      arithmetic('mul', ['noise', 'one'], 'scaled'),
      arithmetic('add', ['scaled', 'zero'], 'shifted'),
      arithmetic('mul', ['x', 'half'], 'logDeviation'),
      { code: 47, inputs: ['logDeviation'], output: 'deviation' },
      arithmetic('mul', ['deviation', 'shifted'], 'spread'),
      arithmetic('add', ['x', 'spread'], 'y'),
    ],
  });
  const inputs = inputsOf(16);
  expect(await ours(sampled, inputs)).toEqual(inputs);
  const graph = await readBuilt(sampled);
  expect(graph.nodes.at(-1)!.op.kind).toBe('sample');
});

test.each(Object.entries(dilated))('%s, damaged, reads or is refused with a clear error', (_, parts) =>
  expectReadOrRefused(parts),
);
