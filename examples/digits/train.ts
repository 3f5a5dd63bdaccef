import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { digits, pixels } from './digits.ts';

// Trains a small convolutional autoencoder on the first 900 digits, seeded, and writes it as a TF.js Layers model. Some
// minutes on one core.
//
//   node examples/digits/train.ts

const [trained, epochs, batchSize] = [900, 10, 20];

const here = import.meta.dirname;
let seed = 0;
const kernelInitializer = () => tf.initializers.heNormal({ seed: ++seed });
const common = { kernelSize: 3, padding: 'same' } as const;

function buildModel(): tf.Sequential {
  const model = tf.sequential();
  const add = (layer: tf.layers.Layer): void => model.add(layer);
  const relu = (filters: number, strides: number) => ({
    ...common,
    filters,
    strides,
    activation: 'relu' as const,
    kernelInitializer: kernelInitializer(),
  });
  add(tf.layers.conv2d({ ...relu(8, 2), inputShape: [28, 28, 1] }));
  add(tf.layers.conv2d(relu(16, 2)));
  add(tf.layers.conv2d({ ...relu(4, 1), name: 'latent' }));
  add(tf.layers.conv2dTranspose(relu(16, 2)));
  add(tf.layers.conv2dTranspose(relu(8, 2)));
  add(tf.layers.conv2d({ ...common, filters: 1, activation: 'sigmoid', kernelInitializer: kernelInitializer() }));
  return model;
}

await tf.setBackend('cpu');
const model = buildModel();
model.compile({ optimizer: tf.train.adam(0.005), loss: 'binaryCrossentropy' });
const images = digits().slice(0, trained);
const x = tf.tensor4d(Float32Array.from(images.flatMap((image) => [...image])), [trained, 28, 28, 1]);
await model.fit(x, x, {
  epochs,
  batchSize,
  shuffle: false,
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, logs) => void process.stderr.write(`epoch ${epoch + 1}: loss ${logs?.['loss']?.toFixed(5)}\n`),
  },
});
await model.save(
  tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    const topology = { format: 'layers-model', modelTopology, weightsManifest };
    writeFileSync(join(here, 'model/model.json'), `${JSON.stringify(topology)}\n`);
    writeFileSync(join(here, 'model/weights.bin'), Buffer.from(weightData as ArrayBuffer));
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  }),
);
process.stderr.write(`${images.length} digits of ${pixels} pixels\n`);
