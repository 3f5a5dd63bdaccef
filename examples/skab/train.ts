import * as tf from '@tensorflow/tfjs';
import { windowRows } from './data.ts';

export type Kind = 'dense' | 'conv';

const channels = 8;
const seed = 7;
const kernel = (n: number) => tf.initializers.glorotUniform({ seed: seed + n });

/** Autoencoders of windows of 60 standardised rows, [60 x 1 x 8]. */
const builders: Readonly<Record<Kind, () => tf.Sequential>> = {
  dense: () =>
    tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [windowRows, 1, channels] }),
        tf.layers.dense({ units: 32, activation: 'relu', kernelInitializer: kernel(1) }),
        tf.layers.dense({ units: 8, activation: 'relu', kernelInitializer: kernel(2) }),
        tf.layers.dense({ units: 32, activation: 'relu', kernelInitializer: kernel(3) }),
        tf.layers.dense({ units: windowRows * channels, kernelInitializer: kernel(4) }),
        tf.layers.reshape({ targetShape: [windowRows, 1, channels] }),
      ],
    }),
  // The benchmark's own Conv-AE, half as wide: two strided convolutions down, three transposed ones up.
  conv: () => {
    const parts = { kernelSize: [7, 1] as [number, number], padding: 'same', activation: 'relu' } as const;
    const halving = { ...parts, strides: [2, 1] as [number, number] };
    return tf.sequential({
      layers: [
        tf.layers.conv2d({ ...halving, inputShape: [windowRows, 1, channels], filters: 16, kernelInitializer: kernel(1) }),
        tf.layers.conv2d({ ...halving, filters: 8, kernelInitializer: kernel(2) }),
        tf.layers.conv2dTranspose({ ...halving, filters: 8, kernelInitializer: kernel(3) }),
        tf.layers.conv2dTranspose({ ...halving, filters: 16, kernelInitializer: kernel(4) }),
        tf.layers.conv2dTranspose({ ...parts, activation: 'linear', filters: channels, kernelInitializer: kernel(5) }),
      ],
    });
  },
};

/** Trains on standardised windows, f32[n x 60 x 8]. The same windows give the same weights. */
export async function train(kind: Kind, windows: Float32Array, epochs: number): Promise<tf.Sequential> {
  const model = builders[kind]();
  model.compile({ optimizer: tf.train.adam(0.001), loss: 'meanSquaredError' });
  const x = tf.tensor4d(windows, [windows.length / windowRows / channels, windowRows, 1, channels]);
  await model.fit(x, x, { epochs, batchSize: 32, shuffle: false, verbose: 0 });
  x.dispose();
  return model;
}

/** The trained model as the files of TensorFlow.js, in memory. */
export async function filesOf(model: tf.Sequential, name: string) {
  let json = '';
  let weights = new Uint8Array();
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      weights = new Uint8Array(weightData as ArrayBuffer);
      json = JSON.stringify({
        format: 'layers-model',
        modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return { name, bytes: new TextEncoder().encode(json), sibling: async () => weights };
}
