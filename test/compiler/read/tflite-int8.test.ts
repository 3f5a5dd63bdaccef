import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { producerOf, typeOf, type ValueId } from '../../../compiler/ir/graph.ts';
import type { Tensor } from '../../../compiler/ir/tensor.ts';
import type { FakeQuantize } from '../../../compiler/ops/fake-quantize.ts';
import { evaluate, evaluateOp, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { ad01Windows } from '../../data.ts';
import { colourImages } from '../../images.ts';
import { loadLite } from '../../litert.ts';
import { buildTflite, type TensorParts } from './tflite-build.ts';
import { inputsOf, optionTypes, readBuilt, whole } from './tflite-compare.ts';
import { withFloatEnds } from './tflite-float-ends.ts';

const integersOn = ({ scale, zeroPoint }: FakeQuantize, values: Float32Array): Int32Array =>
  Int32Array.from(values, (value) => Math.round(value / scale) + zeroPoint);

/** The grid of a graph's output. */
function gridOf(graph: FloatGraph): FakeQuantize {
  const { op } = producerOf(graph, graph.outputs[0]!)!;
  if (op.kind === 'fakeQuantize') return op;
  throw new Error(`the output comes from ${op.kind}`);
}

/** Output of the float reference and of LiteRT, in units of its scale, for each input. */
async function both(
  model: Uint8Array,
  inputs: readonly Float32Array[],
): Promise<(readonly [ours: Int32Array, lite: Int32Array])[]> {
  const graph = await readBuilt(model);
  const grid = gridOf(graph);
  const lite = await loadLite(model);
  const { shape } = typeOf(graph, graph.inputs[0]!);
  const outputs: [Int32Array, Int32Array][] = [];
  for (const data of inputs) {
    const own = evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data;
    outputs.push([integersOn(grid, own), integersOn(grid, await lite.run(data))]);
  }
  lite.dispose();
  return outputs;
}

function differences(outputs: readonly (readonly [Int32Array, Int32Array])[]): {
  readonly greatest: number;
  readonly share: number;
} {
  const distances = outputs.flatMap(([ours, lite]) => Array.from(ours, (q, i) => Math.abs(q - lite[i]!)));
  return {
    greatest: distances.reduce((a, b) => Math.max(a, b), 0),
    share: distances.filter((distance) => distance > 0).length / distances.length,
  };
}

/**
 * LiteRT requantizes a sum by two f32 roundings, off by up to 2^-23 of at most 2^8 units: it rounds another way than we do
 * where the exact value is within 2^-15 of a tie, on either side.
 */
const shareNearTies = 2 ** -14;

describe('the float reference of an int8 model gives the integers of LiteRT', () => {
  test.each([
    ['ad01_int8.tflite, int8 in and out', withFloatEnds(readFileSync('test/models/ad01/ad01_int8.tflite'))],
    ['MLPerf’s ad01, float in and out', readFileSync('test/models/ad01/peers/model_ToyCar_quant_fullint.tflite')],
  ])('%s, on 196 recorded windows of 640 values', async (_, model) => {
    const { greatest, share } = differences(await both(model, ad01Windows()));
    expect(greatest).toBeLessThanOrEqual(1);
    expect(share).toBeLessThan(shareNearTies);
  });
});

const resnet = (): Uint8Array => readFileSync('test/models/ic01/pretrainedResnet_quant.tflite');

/** Results of an operator of ResNet-8 that lie on a grid of their own, by how many operators come before and with it. */
const convolutionsAndAdditions = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const [average, logits, probabilities] = [13, 15, 16];

describe('int8 ResNet-8 on images of handwritten digits', () => {
  // From the same operands: what rounds another way once would else spread over a whole image.
  test('each layer gives the integers of LiteRT', async () => {
    const lengths = [...convolutionsAndAdditions, average, logits, probabilities];
    const layers = await layerByLayer(resnet(), lengths, colourImages(6));
    lengths.forEach((length, i) => {
      const { greatest, share } = differences(layers[i]!);
      expect(greatest, `after ${length} operators`).toBeLessThanOrEqual(1);
      // LiteRT rounds the half of an average away from zero, the float reference to even: of 64 values every 64th mean is one.
      expect(share, `after ${length} operators`).toBeLessThan(length === average ? 2 / 64 : shareNearTies);
    });
  });

  test('it sees the same class', async () => {
    for (const [ours, lite] of await both(withFloatEnds(resnet()), colourImages(20))) expect(largest(ours)).toBe(largest(lite));
  });
});

const largest = (values: Int32Array): number => values.indexOf(values.reduce((a, b) => Math.max(a, b)));

/** For each number of operators what the last of them gives, ours from what LiteRT gives of those before. */
async function layerByLayer(
  model: Uint8Array,
  lengths: readonly number[],
  images: readonly Float32Array[],
): Promise<(readonly [ours: Int32Array, lite: Int32Array])[][]> {
  const cuts = await Promise.all(lengths.map((length) => loadLite(withFloatEnds(model, length))));
  const graph = await readBuilt(model);
  const { shape } = typeOf(graph, graph.inputs[0]!);
  const layers: [Int32Array, Int32Array][][] = lengths.map(() => []);
  for (const data of images) {
    const values = new Map<ValueId, Tensor>([...graph.constants, [graph.inputs[0]!, { shape, data }]]);
    // The first grid is that of the input.
    let layer = -1;
    for (const { op, inputs, output } of graph.nodes) {
      const operands = inputs.map((id) => values.get(id)!);
      const own = evaluateOp(op, operands, typeOf(graph, output));
      values.set(output, own);
      if (op.kind !== 'fakeQuantize' || layer++ < 0) continue;
      const theirs = await cuts[layer - 1]!.run(data);
      layers[layer - 1]!.push([integersOn(op, own.data), integersOn(op, theirs)]);
      values.set(output, { shape: own.shape, data: theirs });
    }
  }
  cuts.forEach((cut) => cut.dispose());
  return layers;
}

const [int8, uint8, int32] = [9, 3, 2];
const code = { dequantize: 6, fullyConnected: 9, reshape: 22, transpose: 39, quantize: 114 };
const values = (type: number, scale: number, zeroPoint: number, shape: readonly number[]): TensorParts => ({
  type,
  shape,
  scales: [scale],
  zeroPoint,
});

describe('grids', () => {
  // Twice as fine: XNNPACK multiplies by the ratio of two scales in 8 bits, which is exact for a power of two alone.
  test('what only moves stays on its grid; QUANTIZE puts it on another', async () => {
    const model = buildTflite({
      tensors: {
        x: { shape: [1, 4, 2, 3] },
        q: values(int8, 0.02, 5, [1, 4, 2, 3]),
        order: whole(0, 2, 1, 3),
        t: values(int8, 0.02, 5, [1, 2, 4, 3]),
        to: whole(1, 24),
        r: values(int8, 0.02, 5, [1, 24]),
        z: values(int8, 0.01, -3, [1, 24]),
        y: { shape: [1, 24] },
      },
      operators: [
        { code: code.quantize, inputs: ['x'], output: 'q' },
        { code: code.transpose, version: 2, inputs: ['q', 'order'], output: 't' },
        { code: code.reshape, inputs: ['t', 'to'], output: 'r', options: { type: optionTypes.reshape, fields: [] } },
        { code: code.quantize, inputs: ['r'], output: 'z' },
        { code: code.dequantize, version: 2, inputs: ['z'], output: 'y' },
      ],
    });
    expect((await readBuilt(model)).nodes.map(({ op }) => op.kind)).toEqual([
      'fakeQuantize',
      'transpose',
      'reshape',
      'fakeQuantize',
    ]);
    for (const [ours, lite] of await both(model, inputsOf(24))) expect(ours).toEqual(lite);
  });

  test('uint8 with a zero point of the weights', async () => {
    const model = buildTflite({
      tensors: {
        x: { shape: [1, 16] },
        q: values(uint8, 0.02, 120, [1, 16]),
        w: { ...values(uint8, 0.01, 131, [5, 16]), data: Uint8Array.from({ length: 80 }, (_, i) => (i * 37) % 256) },
        b: { ...values(int32, 0.0002, 0, [5]), data: Int32Array.of(-900, 31, 5000, -77, 12) },
        z: values(uint8, 0.06, 140, [1, 5]),
        y: { shape: [1, 5] },
      },
      operators: [
        { code: code.quantize, inputs: ['x'], output: 'q' },
        {
          code: code.fullyConnected,
          inputs: ['q', 'w', 'b'],
          output: 'z',
          options: { type: optionTypes.fullyConnected, fields: [['int8', 0, 1]] },
        },
        { code: code.dequantize, inputs: ['z'], output: 'y' },
      ],
    });
    for (const [ours, lite] of await both(model, inputsOf(16))) expect(ours).toEqual(lite);
  });
});
