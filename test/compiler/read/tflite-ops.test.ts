import { describe, expect, test } from 'vitest';
import { buildTflite, type Field, type OperatorParts, type TfliteParts } from './tflite-build.ts';
import {
  expectReadOrRefused,
  expectSameAsLiteRt,
  floats,
  inputsOf,
  optionTypes,
  ours,
  partsOf,
  series,
  type Case,
} from './tflite-compare.ts';

const x = { shape: [1, 16] };
const w = { shape: [5, 16], data: series(80) };
const b = { shape: [5], data: series(5) };

const code = {
  add: 0,
  dequantize: 6,
  floor: 8,
  fullyConnected: 9,
  l2Normalization: 11,
  logistic: 14,
  mul: 18,
  relu: 19,
  reluN1: 20,
  relu6: 21,
  reshape: 22,
  softmax: 25,
  tanh: 28,
  mean: 40,
  sub: 41,
  div: 42,
  exp: 47,
  logSoftmax: 50,
  cast: 53,
  prelu: 54,
  maximum: 55,
  minimum: 57,
  neg: 59,
  sin: 66,
  log: 73,
  sum: 74,
  sqrt: 75,
  rsqrt: 76,
  pow: 78,
  max: 82,
  min: 89,
  square: 92,
  leakyRelu: 98,
  squaredDifference: 99,
  abs: 101,
  ceil: 104,
  cos: 108,
  elu: 111,
  round: 116,
  hardSwish: 117,
  batchMatmul: 126,
  gelu: 150,
  relu0: 152,
  sign: 158,
};

type Options = NonNullable<OperatorParts['options']>;

/** ActivationFunctionType, and whether the axes are kept. */
const dense = (activation: number, keepNumDims = 0): Options => ({
  type: optionTypes.fullyConnected,
  fields: [
    ['int8', 0, activation],
    ['int8', 2, keepNumDims],
  ],
});
const fused = (activation: number): TfliteParts => ({
  tensors: { x, w, b, y: { shape: [1, 5] } },
  operators: [{ code: code.fullyConnected, inputs: ['x', 'w', 'b'], output: 'y', options: dense(activation) }],
});
const rank3 = (keepNumDims: number): TfliteParts => ({
  tensors: {
    x: { shape: [1, 2, 8] },
    w: { shape: [5, 8], data: series(40) },
    y: { shape: keepNumDims === 1 ? [1, 2, 5] : [2, 5] },
  },
  operators: [{ code: code.fullyConnected, inputs: ['x', 'w'], output: 'y', options: dense(0, keepNumDims) }],
});
/** 1, -2, 0.5 and 0.0999755859375 in binary16, in turn. */
const halves = Uint16Array.from({ length: 80 }, (_, i) => [0x3c00, 0xc000, 0x3800, 0x2e66][i % 4]!);

const one = (operator: number, options: Case['options'] | null = null): TfliteParts =>
  partsOf({ code: operator, x: [1, 16], y: [1, 16], ...(options === null ? {} : { options }) });
const positive = (operator: number): TfliteParts => ({
  tensors: { x, s: x, a: x, half: { shape: [], data: Float32Array.of(0.5) }, y: x },
  operators: [
    { code: code.square, inputs: ['x'], output: 's' },
    { code: code.add, inputs: ['s', 'half'], output: 'a', options: { type: optionTypes.add, fields: [] } },
    { code: operator, inputs: ['a'], output: 'y' },
  ],
});
const kinds = { add: code.add, sub: code.sub, mul: code.mul, div: code.div } as const;
const binary = (kind: keyof typeof kinds, at: number, constant: Float32Array, activation = 0): TfliteParts =>
  partsOf({
    code: kinds[kind],
    x: [1, 16],
    y: [1, 16],
    at,
    operands: [{ shape: [constant.length], data: constant }],
    options: [kind, ['int8', 0, activation]],
  });
const broadcast = (operator: number, options: Case['options'] | null = null): TfliteParts =>
  partsOf({
    code: operator,
    x: [1, 3, 1, 5],
    y: [1, 3, 4, 5],
    operands: [floats(1, 1, 4, 5)],
    ...(options === null ? {} : { options }),
  });
const reduce = (operator: number, axes: readonly number[], y: readonly number[], keepDims: number): TfliteParts =>
  partsOf({
    code: operator,
    x: [1, 3, 4, 5],
    y,
    operands: [{ shape: [axes.length], type: 2, data: Int32Array.from(axes) }],
    options: ['reducer', ['int8', 0, keepDims]],
  });
const flags = (...values: readonly number[]): Field[] => values.map((value, slot) => ['int8', slot, value]);

const models: Readonly<Record<string, TfliteParts>> = {
  'FULLY_CONNECTED [5 x 16]': fused(0),
  'FULLY_CONNECTED with RELU': fused(1),
  'FULLY_CONNECTED with RELU_N1_TO_1': fused(2),
  'FULLY_CONNECTED with RELU6': fused(3),
  'FULLY_CONNECTED of [1 x 2 x 8], axes kept, without a bias': rank3(1),
  'FULLY_CONNECTED of [1 x 2 x 8], axes flattened, without a bias': rank3(0),
  'FULLY_CONNECTED with float16 weights through DEQUANTIZE': {
    tensors: { x, h: { shape: [5, 16], type: 1, data: halves }, w: { shape: [5, 16] }, b, y: { shape: [1, 5] } },
    operators: [
      { code: code.dequantize, inputs: ['h'], output: 'w' },
      { code: code.fullyConnected, inputs: ['x', 'w', 'b'], output: 'y', options: dense(0) },
    ],
  },
  'FULLY_CONNECTED with weights that the model computes': {
    tensors: {
      x,
      to: { shape: [2], type: 2, data: Int32Array.of(4, 4) },
      r: { shape: [4, 4] },
      w: { shape: [5, 4], data: series(20) },
      z: { shape: [4, 5] },
      y: { shape: [4, 4] },
    },
    operators: [
      { code: code.reshape, inputs: ['x', 'to'], output: 'r', options: { type: optionTypes.reshape, fields: [] } },
      { code: code.fullyConnected, inputs: ['r', 'w'], output: 'z', options: dense(0) },
      { code: code.fullyConnected, inputs: ['z', 'z'], output: 'y', options: dense(0) },
    ],
  },
  'BATCH_MATMUL by weights [8 x 3]': partsOf({
    code: code.batchMatmul,
    x: [1, 4, 8],
    y: [1, 4, 3],
    operands: [floats(8, 3)],
    options: ['batchMatmul', ...flags(0, 0)],
  }),
  'BATCH_MATMUL by weights [3 x 8] with adj_y': partsOf({
    code: code.batchMatmul,
    x: [1, 4, 8],
    y: [1, 4, 3],
    operands: [floats(3, 8)],
    options: ['batchMatmul', ...flags(0, 1)],
  }),
  'BATCH_MATMUL of x by itself with adj_x': partsOf({
    code: code.batchMatmul,
    x: [1, 4, 8],
    y: [1, 8, 8],
    operands: ['x'],
    options: ['batchMatmul', ...flags(1, 0)],
  }),
  'ADD of a constant, with RELU': binary('add', 0, series(16), 1),
  'SUB from a constant': binary('sub', 1, series(16)),
  'MUL by a single value, with RELU6': binary('mul', 0, Float32Array.of(3), 3),
  'DIV by a constant': binary(
    'div',
    0,
    series(16).map((value) => value + 2),
  ),
  'ADD [3 x 1 x 5] and [1 x 4 x 5]': broadcast(code.add, ['add']),
  'MUL [3 x 1 x 5] and [1 x 4 x 5]': broadcast(code.mul, ['mul']),
  'MAXIMUM [3 x 1 x 5] and [1 x 4 x 5]': broadcast(code.maximum),
  'MINIMUM [3 x 1 x 5] and [1 x 4 x 5]': broadcast(code.minimum),
  'SQUARED_DIFFERENCE [3 x 1 x 5] and [1 x 4 x 5]': broadcast(code.squaredDifference),
  'PRELU with a slope per channel': partsOf({ code: code.prelu, x: [1, 3, 4, 5], y: [1, 3, 4, 5], operands: [floats(1, 1, 5)] }),
  'POW 3': partsOf({ code: code.pow, x: [1, 16], y: [1, 16], operands: [{ shape: [1], data: Float32Array.of(3) }] }),
  ABS: one(code.abs),
  CEIL: one(code.ceil),
  COS: one(code.cos),
  ELU: one(code.elu),
  EXP: one(code.exp),
  FLOOR: one(code.floor),
  'GELU by erf': one(code.gelu, ['gelu', ['int8', 0, 0]]),
  'GELU by tanh': one(code.gelu, ['gelu', ['int8', 0, 1]]),
  HARD_SWISH: one(code.hardSwish),
  'LEAKY_RELU with alpha 0.3': one(code.leakyRelu, ['leakyRelu', ['float32', 0, 0.3]]),
  LOG: positive(code.log),
  LOGISTIC: one(code.logistic),
  NEG: one(code.neg),
  RELU: one(code.relu),
  RELU6: one(code.relu6),
  RELU_0_TO_1: one(code.relu0),
  RELU_N1_TO_1: one(code.reluN1),
  ROUND: one(code.round),
  RSQRT: positive(code.rsqrt),
  SIGN: one(code.sign),
  SIN: one(code.sin),
  SQRT: positive(code.sqrt),
  SQUARE: one(code.square),
  TANH: one(code.tanh),
  L2_NORMALIZATION: one(code.l2Normalization, ['l2Norm']),
  LOG_SOFTMAX: one(code.logSoftmax),
  SOFTMAX: one(code.softmax, ['softmax', ['float32', 0, 1]]),
  'SOFTMAX with beta 0.5': one(code.softmax, ['softmax', ['float32', 0, 0.5]]),
  'MEAN of the image, axes kept': reduce(code.mean, [1, 2], [1, 1, 1, 5], 1),
  'MEAN of axes -1 and 1': reduce(code.mean, [-1, 1], [1, 4], 0),
  'SUM of axis 2': reduce(code.sum, [2], [1, 3, 5], 0),
  'REDUCE_MAX of axis 3': reduce(code.max, [3], [1, 3, 4], 0),
  'REDUCE_MIN of axis 1, kept': reduce(code.min, [1], [1, 1, 4, 5], 1),
};

describe('each operator means what it means to LiteRT, to 1e-5', () => {
  test.each(Object.entries(models))('%s', (_, parts) => expectSameAsLiteRt(parts));

  // The schema has this activation, but LiteRT.js computes nothing for it: its output is memory as it lay there.
  test('FULLY_CONNECTED with TANH is FULLY_CONNECTED, then TANH', async () => {
    const inputs = inputsOf(16);
    const apart = (await ours(buildTflite(fused(0)), inputs)).map((values) => values.map(Math.tanh));
    expect(await ours(buildTflite(fused(4)), inputs)).toEqual(apart);
  });
});

test.each(Object.entries(models))('%s, damaged, reads or is refused with a clear error', (_, parts) =>
  expectReadOrRefused(parts),
);
