import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { producerOf, typeOf, type ValueId } from '../../../compiler/ir/graph.ts';
import type { Tensor } from '../../../compiler/ir/tensor.ts';
import type { FakeQuantize } from '../../../compiler/ops/fake-quantize.ts';
import { evaluate, evaluateOp, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readTflite } from '../../../compiler/read/tflite/read.ts';
import { ad01Windows } from '../../data.ts';
import { colourImages } from '../../images.ts';
import { loadLite } from '../../litert.ts';
import { withFloatEnds } from './tflite-float-ends.ts';

const read = (bytes: Uint8Array): Promise<FloatGraph> =>
  readTflite({ name: 'int8.tflite', bytes, sibling: () => Promise.reject(new Error('no neighbours')) });

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
  const graph = await read(model);
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
  const graph = await read(model);
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
