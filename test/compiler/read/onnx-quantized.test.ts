import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { simplify } from '../../../compiler/simplify/index.ts';
import { buildOnnx, floats, int64s, type Initializer, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';
import { runOrt, wave } from './onnx-run.ts';

const bytes = (name: string, type: 2 | 3, dims: readonly number[], values: readonly number[]): Initializer => ({
  name,
  dims,
  type,
  raw: type === 2 ? Uint8Array.from(values) : new Uint8Array(Int8Array.from(values).buffer),
});
const int32s = (name: string, values: readonly number[]): Initializer => ({
  name,
  dims: [values.length],
  type: 6,
  raw: new Uint8Array(Int32Array.from(values).buffer),
});
const integers = (length: number, size: number): number[] => wave(length, 0.9).map((value) => Math.round(value * size));

const outputScale = 0.05;
const constants: readonly Initializer[] = [
  floats('xs', [], [0.01]),
  bytes('xz', 2, [], [128]),
  bytes('w', 3, [3, 2, 3, 3], integers(54, 127)),
  floats('ws', [3], [0.01, 0.02, 0.005]),
  bytes('wz', 3, [3], [0, 0, 0]),
  int32s('b', [500, -300, 1000]),
  floats('bs', [3], [0.0001, 0.0002, 0.00005]),
  floats('ys', [], [outputScale]),
  bytes('yz', 2, [], [100]),
  int64s('flat', [1, -1]),
  bytes('m', 3, [27, 4], integers(108, 100)),
  floats('ms', [], [0.02]),
  bytes('mz', 3, [], [0]),
];
const node = (op: string, inputs: string, output: string, attributes: OnnxNodeParts['attributes'] = {}): OnnxNodeParts => ({
  op,
  inputs: inputs.split(' '),
  output,
  attributes,
});
const pooling = { kernel_shape: [2, 2], strides: [2, 2] };

/** Convolution, pooling, flattening and a dense layer: quantized operators, or float ones between QuantizeLinear and DequantizeLinear. */
const operators: OnnxParts = {
  nodes: [
    node('QuantizeLinear', 'x xs xz', 'q'),
    node('QLinearConv', 'q xs xz w ws wz ys yz b', 'c', { pads: [1, 1, 1, 1] }),
    node('MaxPool', 'c', 'p', pooling),
    node('Reshape', 'p flat', 'f'),
    node('QLinearMatMul', 'f ys yz m ms mz ys yz', 'd'),
    node('DequantizeLinear', 'd ys yz', 'y'),
  ],
  initializers: constants.filter(({ name }) => name !== 'bs'),
};
const pairs: OnnxParts = {
  nodes: [
    node('QuantizeLinear', 'x xs xz', 'q'),
    node('DequantizeLinear', 'q xs xz', 'xd'),
    node('DequantizeLinear', 'w ws wz', 'wd', { axis: 0 }),
    node('DequantizeLinear', 'b bs', 'bd', { axis: 0 }),
    node('Conv', 'xd wd bd', 'c', { pads: [1, 1, 1, 1] }),
    node('QuantizeLinear', 'c ys yz', 'cq'),
    node('DequantizeLinear', 'cq ys yz', 'cd'),
    node('MaxPool', 'cd', 'p', pooling),
    node('Reshape', 'p flat', 'f'),
    node('DequantizeLinear', 'm ms mz', 'md'),
    node('MatMul', 'f md', 'd'),
    node('QuantizeLinear', 'd ys yz', 'dq'),
    node('DequantizeLinear', 'dq ys yz', 'y'),
  ],
  initializers: constants,
};
const shape = [1, 2, 6, 6];
const inputs = Array.from({ length: 20 }, (_, i) => Float32Array.from(wave(72, 0.71, i)));

function read(parts: OnnxParts) {
  const model = buildOnnx({ ...parts, inputs: { x: shape } });
  return readOnnx({ name: 'int8.onnx', bytes: model, sibling: () => Promise.reject(new Error('none')) });
}

describe.each(Object.entries({ operators, pairs }))('int8 convolution, pooling and dense layer as %s', (_, parts) => {
  test('on 20 inputs each value is that of onnxruntime-web, or the next one of the output scale', async () => {
    const graph = simplify(await read(parts)).graph;
    const expected = await runOrt(parts, inputs, shape);
    let different = 0;
    inputs.forEach((data, i) => {
      const found = evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data;
      found.forEach((value, at) => {
        const units = Math.round((value - expected[i]!.data[at]!) / outputScale);
        expect(Math.abs(units)).toBeLessThanOrEqual(1);
        if (units !== 0) different++;
      });
    });
    // A value next to the middle of two steps may fall to the other one: the runtime multiplies by scales in another order.
    expect(different).toBeLessThanOrEqual(1);
  });

  test('the simplified graph has no arithmetic on integers', async () => {
    const { graph } = simplify(await read(parts));
    const kinds = graph.nodes.map(({ op }) => op.kind).filter((kind) => kind !== 'transpose' && kind !== 'reshape');
    expect(kinds).toEqual(['fakeQuantize', 'conv', 'fakeQuantize', 'pool', 'dense', 'fakeQuantize']);
  });

  test('weights keep their scales', async () => {
    const graph = await read(parts);
    const weights = graph.nodes.flatMap(({ op, inputs: operands }) =>
      op.kind === 'conv' || op.kind === 'dense' ? [graph.constants.get(operands[1]!)!.scales] : [],
    );
    expect(weights).toEqual([Float32Array.of(0.01, 0.02, 0.005), Float32Array.of(0.02)]);
  });
});
