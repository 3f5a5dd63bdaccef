import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readTflite } from '../../../compiler/read/tflite/read.ts';
import { relativeDifference } from '../../data.ts';
import { loadLite } from '../../litert.ts';
import { standardisedInputs } from './gearbox.ts';
import { buildTflite, type OperatorParts, type TfliteParts } from './tflite-build.ts';

/** Features of real recordings, standardised: both signs, as activations need them. */
const inputs = standardisedInputs(16).slice(0, 20);
const series = (length: number, step = 0.37): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(1 + i * step));

const x = { shape: [1, 16] };
const w = { shape: [5, 16], data: series(80) };
const b = { shape: [5], data: series(5) };

const options = { fullyConnected: 8, softmax: 9, add: 11, reshape: 17, mul: 21, sub: 28, div: 29, leakyRelu: 75 };
const code = {
  add: 0,
  dequantize: 6,
  fullyConnected: 9,
  logistic: 14,
  mul: 18,
  relu: 19,
  reluN1: 20,
  relu6: 21,
  reshape: 22,
  softmax: 25,
  tanh: 28,
  sub: 41,
  div: 42,
  leakyRelu: 98,
  elu: 111,
};

type Options = NonNullable<OperatorParts['options']>;

/** ActivationFunctionType, and whether the axes are kept. */
const dense = (activation: number, keepNumDims = 0): Options => ({
  type: options.fullyConnected,
  fields: [
    ['int8', 0, activation],
    ['int8', 2, keepNumDims],
  ],
});
const one = (operator: number, more: Options | null = null): TfliteParts => ({
  tensors: { x, y: x },
  operators: [{ code: operator, inputs: ['x'], output: 'y', ...(more === null ? {} : { options: more }) }],
});
const binary = (
  kind: 'add' | 'sub' | 'mul' | 'div',
  operands: readonly string[],
  constant: Float32Array,
  activation = 0,
): TfliteParts => ({
  tensors: { x, c: { shape: [constant.length], data: constant }, y: x },
  operators: [
    { code: code[kind], inputs: operands, output: 'y', options: { type: options[kind], fields: [['int8', 0, activation]] } },
  ],
});
const fused = (activation: number): TfliteParts => ({
  tensors: { x, w, b, y: { shape: [1, 5] } },
  operators: [{ code: code.fullyConnected, inputs: ['x', 'w', 'b'], output: 'y', options: dense(activation) }],
});
const rank3 = (keepNumDims: number): TfliteParts => ({
  tensors: {
    x,
    to: { shape: [3], type: 2, data: Int32Array.of(1, 2, 8) },
    r: { shape: [1, 2, 8] },
    w: { shape: [5, 8], data: series(40) },
    y: { shape: keepNumDims === 1 ? [1, 2, 5] : [2, 5] },
  },
  operators: [
    { code: code.reshape, inputs: ['x', 'to'], output: 'r', options: { type: options.reshape, fields: [] } },
    { code: code.fullyConnected, inputs: ['r', 'w'], output: 'y', options: dense(0, keepNumDims) },
  ],
});
/** 1, -2, 0.5 and 0.0999755859375 in binary16, in turn. */
const halves = Uint16Array.from({ length: 80 }, (_, i) => [0x3c00, 0xc000, 0x3800, 0x2e66][i % 4]!);

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
  'ADD of a constant, with RELU': binary('add', ['x', 'c'], series(16), 1),
  'SUB from a constant': binary('sub', ['c', 'x'], series(16)),
  'MUL by a single value, with RELU6': binary('mul', ['x', 'c'], Float32Array.of(3), 3),
  'DIV by a constant': binary(
    'div',
    ['x', 'c'],
    series(16).map((value) => value + 2),
  ),
  RELU: one(code.relu),
  RELU_N1_TO_1: one(code.reluN1),
  RELU6: one(code.relu6),
  'LEAKY_RELU with alpha 0.3': one(code.leakyRelu, { type: options.leakyRelu, fields: [['float32', 0, 0.3]] }),
  ELU: one(code.elu),
  LOGISTIC: one(code.logistic),
  TANH: one(code.tanh),
  SOFTMAX: one(code.softmax, { type: options.softmax, fields: [['float32', 0, 1]] }),
};

async function ours(model: Uint8Array): Promise<Float32Array[]> {
  const graph = await readTflite({
    name: 'built.tflite',
    bytes: model,
    sibling: () => Promise.reject(new Error('no neighbours')),
  });
  const shape = graph.values.get(graph.inputs[0]!)!.type.shape;
  return inputs.map((data) => evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data);
}

async function litert(model: Uint8Array): Promise<Float32Array[]> {
  const lite = await loadLite(model);
  const outputs: Float32Array[] = [];
  for (const input of inputs) outputs.push(await lite.run(input));
  lite.dispose();
  return outputs;
}

describe('each operator means what it means to LiteRT, to 1e-5', () => {
  test.each(Object.entries(models))('%s', async (_, parts) => {
    const model = buildTflite(parts);
    expect(relativeDifference(await ours(model), await litert(model))).toBeLessThan(1e-5);
  });

  // The schema has this activation, but LiteRT.js computes nothing for it: its output is memory as it lay there.
  test('FULLY_CONNECTED with TANH is FULLY_CONNECTED, then TANH', async () => {
    const apart = (await ours(buildTflite(fused(0)))).map((values) => values.map(Math.tanh));
    expect(await ours(buildTflite(fused(4)))).toEqual(apart);
  });
});
