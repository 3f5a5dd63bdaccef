import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../compiler/files.ts';
import { typeOf } from '../../../compiler/ir/graph.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readAutoencoder } from '../../../compiler/read/index.ts';
import { digits } from '../../../examples/digits/digits.ts';
import { missing, relativeDifference, sharedData } from '../../data.ts';
import { floatReference } from './float.ts';

beforeAll(() => tf.setBackend('cpu'));

const folder = join(sharedData, 'espace_latent');

async function tfjsModel(name: string): Promise<tf.GraphModel> {
  const json = JSON.parse(readFileSync(join(folder, name, 'model.json'), 'utf8'));
  const bytes = readFileSync(join(folder, name, 'group1-shard1of1.bin'));
  return tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      signature: json.signature,
      format: json.format,
      weightSpecs: json.weightsManifest[0].weights,
      weightData: new Uint8Array(bytes).buffer,
    }),
  );
}

const predicted = (model: tf.GraphModel, x: Float32Array, shape: readonly number[]): Float32Array =>
  tf.tidy(() => (model.predict(tf.tensor(x, [...shape])) as tf.Tensor).dataSync() as Float32Array);

const run = (graph: FloatGraph, data: Float32Array): Float32Array =>
  evaluate(graph, [{ shape: typeOf(graph, graph.inputs[0]!).shape, data }]).get(graph.outputs[0]!)!.data;

/** Real graph models on real digits. */
describe.skipIf(missing('espace_latent') !== null)('graph models agree with TensorFlow.js to 1e-5', () => {
  const images = digits().slice(0, 20);

  test('an encoder', async () => {
    const model = await tfjsModel('encoder');
    const { read, simplified } = await floatReference(join(folder, 'encoder/model.json'));
    const expected = images.map((image) => predicted(model, image, [1, 28, 28, 1]));
    expect(relativeDifference(images.map(read), expected)).toBeLessThan(1e-5);
    expect(relativeDifference(images.map(simplified), expected)).toBeLessThan(1e-5);
  });

  test('an encoder and a decoder in two files', async () => {
    const [encoder, decoder] = [await tfjsModel('encoder'), await tfjsModel('decoder')];
    const [first, second] = ['encoder', 'decoder'].map((name) => openSource(join(folder, name, 'model.json')));
    const { graph } = await readAutoencoder(first!, second!);
    const expected = images.map((image) => predicted(decoder, predicted(encoder, image, [1, 28, 28, 1]), [1, 2, 2, 4]));
    expect(
      relativeDifference(
        images.map((image) => run(graph, image)),
        expected,
      ),
    ).toBeLessThan(1e-5);
  });
});
