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

/** None is a simple fraction of another, so that no value lies in the middle of two steps. */
const [inputScale, outputScale, weightScales] = [0.0117, 0.0497, [0.0103, 0.0211, 0.0051]];
const constants: readonly Initializer[] = [
  floats('xs', [], [inputScale]),
  bytes('xz', 2, [], [128]),
  bytes('w', 3, [3, 2, 3, 3], integers(54, 127)),
  floats('ws', [3], weightScales),
  bytes('wz', 3, [3], [0, 0, 0]),
  int32s('b', [500, -300, 1000]),
  floats(
    'bs',
    [3],
    weightScales.map((scale) => Math.fround(inputScale) * Math.fround(scale)),
  ),
  floats('ys', [], [outputScale]),
  bytes('yz', 2, [], [100]),
  int64s('flat', [1, -1]),
  bytes('m', 3, [27, 4], integers(108, 100)),
  floats('ms', [], [0.0193]),
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
/** Float weights that are rounded in the graph. */
const trained: OnnxParts = {
  nodes: [node('QuantizeLinear', 'wf ws wz', 'w', { axis: 0 }), node('QuantizeLinear', 'mf ms mz', 'm'), ...pairs.nodes],
  initializers: [
    ...constants.filter(({ name }) => name !== 'w' && name !== 'm'),
    floats('wf', [3, 2, 3, 3], wave(54, 0.9)),
    floats('mf', [27, 4], wave(108, 0.9)),
  ],
};
const shape = [1, 2, 6, 6];
const inputs = Array.from({ length: 20 }, (_, i) => Float32Array.from(wave(72, 0.71, i)));

function read(parts: OnnxParts) {
  const model = buildOnnx({ ...parts, inputs: { x: shape } });
  return readOnnx({ name: 'int8.onnx', bytes: model, sibling: () => Promise.reject(new Error('none')) });
}

/** Whole steps of the output scale. */
const steps = (data: Float32Array): number[] => Array.from(data, (value) => Math.round(value / outputScale));

describe.each(Object.entries({ operators, pairs, trained }))('int8 convolution, pooling and dense layer as %s', (_, parts) => {
  test('on 20 inputs each value is on the same step of the output scale as that of onnxruntime-web', async () => {
    const { graph } = simplify(await read(parts));
    const expected = await runOrt(parts, inputs, shape);
    inputs.forEach((data, i) => {
      const found = evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data;
      expect(steps(found)).toEqual(steps(expected[i]!.data));
    });
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
    expect(weights).toEqual([Float32Array.from(weightScales), Float32Array.of(0.0193)]);
  });
});
