import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { File, Group, ready, type Dataset } from 'h5wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { ad01Windows, missing, relativeDifference, sharedData } from '../../data.ts';
import { floatReference } from './float.ts';
import { standardisedInputs } from './gearbox.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Outputs of TensorFlow.js, an independent implementation. */
const runTf = (model: tf.LayersModel, inputs: readonly Float32Array[]): Float32Array[] =>
  inputs.map((input) =>
    tf.tidy(() => (model.predict(tf.tensor2d(input, [1, input.length])) as tf.Tensor).dataSync() as Float32Array),
  );

/** ad01.h5 as a TF.js model: the configuration goes through tf.js's own loader, the weights straight from the file. */
async function ad01InTfjs(): Promise<tf.LayersModel> {
  const { FS } = await ready;
  FS.writeFile('oracle.h5', readFileSync('test/models/ad01/ad01.h5'));
  const file = new File('oracle.h5', 'r');
  const { config } = JSON.parse(String(file.attrs['model_config']!.value)) as { config: object };
  const model = await tf.models.modelFromJSON({
    modelTopology: { class_name: 'Model', config } as unknown as tf.io.ModelJSON['modelTopology'],
  } as never);
  const weights = file.get('model_weights') as Group;
  for (const layer of model.layers) {
    const values = layer.weights.map((weight) => {
      const name = weight.originalName.split('/').at(-1)!.replace(/_\d+$/, '');
      const dataset = weights.get(`${layer.name}/${layer.name}/${name}:0`) as Dataset;
      return tf.tensor(dataset.value as Float32Array, dataset.shape as number[]);
    });
    layer.setWeights(values);
  }
  file.close();
  return model;
}

describe('the float reference agrees with TensorFlow.js to 1e-5', () => {
  test('ad01.h5, on the recorded clip', async () => {
    const inputs = ad01Windows().filter((_, i) => i % 8 === 0);
    const expected = runTf(await ad01InTfjs(), inputs);
    const { read, simplified } = await floatReference('test/models/ad01/ad01.h5');
    expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
    expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
  });

  test.skipIf(missing('pump_fault_tfjs') !== null).each(['autoencoder', 'cavitation'])(
    'pump_fault %s, on standardised rows',
    async (name) => {
      const path = join(sharedData, 'pump_fault_tfjs', name, 'model.json');
      const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path, 'utf8'));
      const weightData = readFileSync(join(path, '../group1-shard1of1.bin'));
      const weightSpecs = weightsManifest[0].weights;
      const model = await tf.loadLayersModel(
        tf.io.fromMemory({ modelTopology, weightSpecs, weightData: new Uint8Array(weightData).buffer }),
      );
      const inputs = standardisedInputs(57);
      const expected = runTf(model, inputs);
      const { read, simplified } = await floatReference(path);
      expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
      expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
    },
  );

  test('the gearbox example, on its own test data', async () => {
    const path = 'examples/gearbox/model/model.json';
    const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path, 'utf8'));
    const weightData = new Uint8Array(readFileSync('examples/gearbox/model/weights.bin')).buffer;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
    );
    const rows = readFileSync('examples/gearbox/broken-test.csv', 'utf8').trim().split('\n').slice(1, 100);
    const inputs = rows.map((row) => Float32Array.from(row.split(','), Number));
    const expected = runTf(model, inputs);
    const { read } = await floatReference(path);
    expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
  });
});
