import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { missing, sharedData } from '../../data.ts';
import { random } from '../../random.ts';
import { attributes, buildGraph, ours, readGraph, type GraphParts } from './tfjs-graph-build.ts';

/** The sentence of a refusal. */
async function refusal(read: Promise<unknown>): Promise<string> {
  try {
    await read;
    return 'read';
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

const built = (parts: GraphParts, change: (json: object) => object = (json) => json): Promise<string> => {
  const { json, shard } = buildGraph(parts);
  return refusal(readGraph(change(json), shard));
};

const relu: GraphParts['nodes'] = { y: ['Relu', ['x']] };

describe('what a graph model holds that cannot be read is refused in a sentence', () => {
  test.each<[title: string, nodes: GraphParts['nodes'], expected: string]>([
    [
      'an unknown operator',
      { y: ['NonMaxSuppressionV3', ['x']] },
      'node "y" (NonMaxSuppressionV3): operator NonMaxSuppressionV3 is not supported',
    ],
    [
      'control flow',
      { y: ['While', ['x']] },
      'node "y" (While): operator While is not supported\n  Control flow is a recurrent layer',
    ],
    ['a node that is not there', { y: ['Relu', ['z']] }, 'node "y": reads "z", which the model has not'],
    ['a circle', { a: ['Relu', ['y']], y: ['Relu', ['a']] }, 'node "a": reads "y", which waits for it'],
    [
      'an output that a node does not give',
      { y: ['Relu', ['x:3']] },
      'node "y" (Relu): reads output 3 of "x", which it does not give',
    ],
    [
      'a shape from the input',
      { y: ['Reshape', ['x', 'x']] },
      'node "y" (Reshape): its input 1 ("x") is computed by the model; it must be a constant',
    ],
    [
      'an odd padding',
      { y: ['MaxPool', ['x'], { ksize: attributes.ints([1, 2, 2, 1]), padding: attributes.text('FULL') }] },
      'padding FULL is not supported',
    ],
    [
      'noise that is no sampling',
      { noise: ['RandomStandardNormal', ['x']], y: ['Relu', ['noise']] },
      'reads "noise", which is random; supported is a sampling layer',
    ],
  ])('%s', async (_, nodes, expected) => {
    expect(await built({ shape: [4, 4, 2], nodes })).toContain(expected);
  });

  test('two inputs', async () => {
    const parts: GraphParts = { shape: [4], nodes: { other: ['Placeholder', []], y: ['Add', ['x', 'other']] } };
    expect(await built(parts)).toContain('model.json: has 2 inputs (x, other); an autoencoder has one');
  });

  test('an open window', async () => {
    expect(await built({ shape: [-1, 4], nodes: relu })).toContain(
      'model.json, input "x": has shape [? x ? x 4]; only the first extent, the batch, may be open',
    );
  });

  test('no nodes', async () => {
    expect(await built({ shape: [4], nodes: relu }, (json) => ({ ...json, modelTopology: {} }))).toContain(
      'model.json: its modelTopology lists no nodes',
    );
  });

  test('trained values that are missing', async () => {
    const parts: GraphParts = { shape: [4], nodes: { c: ['Const', []], y: ['Add', ['x', 'c']] } };
    expect(await built(parts)).toContain('node "c" (Const): has no values in the weightsManifest');
  });

  test('a truncated shard', async () => {
    const { json, shard } = buildGraph({ shape: [4], trained: { w: { shape: [4, 4] } }, nodes: { y: ['MatMul', ['x', 'w']] } });
    expect(await refusal(readGraph(json, shard.subarray(0, 60)))).toContain('hold 60 bytes; the weights need 64');
  });
});

test('the sampling layer of a variational autoencoder gives its mean', async () => {
  const nodes: GraphParts['nodes'] = {
    mean: ['MatMul', ['x', 'w']],
    deviation: ['Exp', ['mean']],
    noise: ['RandomStandardNormal', ['shape']],
    scaled: ['Mul', ['noise', 'one']],
    moved: ['AddV2', ['scaled', 'zero']],
    times: ['Mul', ['deviation', 'moved']],
    y: ['AddV2', ['mean', 'times']],
  };
  const trained = { w: { shape: [4, 2] }, shape: { ints: [1, 2] }, one: { ints: [1] }, zero: { ints: [0] } };
  const { y } = await ours({ shape: [4], trained, nodes });
  const { y: mean } = await ours({ shape: [4], trained, nodes: { y: ['MatMul', ['x', 'w']] } });
  expect([...y.data]).toEqual([...mean.data]);
});

describe('weights of every stored type are those of TensorFlow.js', () => {
  test.each(['float32', 'int32', 'uint8', 'float16', 'uint16'])('%s', async (stored) => {
    const bytes = Uint8Array.from({ length: 24 }, (_, i) => (i * 37) % 61);
    const width = { float32: 4, int32: 4, uint8: 1, float16: 2, uint16: 2 }[stored]!;
    const n = bytes.length / width;
    const plain = stored === 'float32' || stored === 'int32';
    const quantization = stored === 'float16' ? { dtype: stored } : { dtype: stored, scale: 0.37, min: -2.5 };
    const spec = { name: 'w', shape: [n], dtype: plain ? stored : 'float32', ...(plain ? {} : { quantization }) };
    const decoded = tf.io.decodeWeights(bytes.buffer, [spec as tf.io.WeightsManifestEntry])['w']!.dataSync();
    const { json } = buildGraph({ shape: [n], nodes: { y: ['Const', []] } });
    const named = JSON.parse(JSON.stringify(json).replaceAll('"y"', '"w"').replaceAll('y:0', 'z:0'));
    named.modelTopology.node.push({ name: 'z', op: 'Sub', input: ['w', 'x'] });
    named.weightsManifest = [{ paths: ['shard.bin'], weights: [spec] }];
    const { graph } = await readGraph(named, bytes);
    const x = { shape: [1, n], data: new Float32Array(n) };
    expect([...evaluate(graph, [x]).get(graph.outputs[0]!)!.data]).toEqual(Array.from(decoded, Math.fround));
  });
});

test.skipIf(missing('espace_latent') !== null)(
  'with flipped bytes, a graph model reads or is refused, and never hangs',
  async () => {
    const [model, shard] = ['model.json', 'group1-shard1of1.bin'].map((file) =>
      readFileSync(join(sharedData, 'espace_latent/decoder', file)),
    );
    const next = random(model!.length);
    for (let run = 0; run < 150; run++) {
      const damaged = Uint8Array.from(model!);
      for (let flips = 1 + (next() % 4); flips > 0; flips--) damaged[next() % damaged.length]! ^= 1 << (next() % 7);
      const outcome = await refusal(readModel({ name: 'model.json', bytes: damaged, sibling: () => Promise.resolve(shard!) }));
      expect(outcome === 'read' || outcome.includes('model.json')).toBe(true);
    }
  },
);
