import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, test } from 'vitest';
import { expectFaithful, height, width } from './faithful.ts';
import { readBack, trained } from './read/layers-models.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;
const same = { padding: 'same', kernelSize: 3 } as const;
const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor =>
  layer.apply(x) as tf.SymbolicTensor;
const through = (x: tf.SymbolicTensor, ...list: readonly tf.layers.Layer[]): tf.SymbolicTensor =>
  list.reduce((value, layer) => apply(layer, value), x);

/** The whole input as rows [5 x 32], one per step. */
const rows = { targetShape: [height, width] };

type Build = (x: tf.SymbolicTensor) => tf.SymbolicTensor;

/** Autoencoders of the kinds that people train with Keras, from [160] to [160]. */
const models: Readonly<Record<string, Build>> = {
  'convolutional, with pooling and upsampling': (x) =>
    through(
      x,
      layers.reshape({ targetShape: [height, width, 1] }),
      layers.conv2d({ ...same, filters: 8, activation: 'relu' }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: [1, 2] }),
      layers.separableConv2d({ ...same, filters: 6, activation: 'elu' }),
      layers.upSampling2d({ size: [1, 2] }),
      layers.conv2d({ ...same, filters: 1 }),
      layers.flatten(),
    ),
  'denoising, with skip connections': (x) => {
    const image = through(x, layers.reshape({ targetShape: [height, width, 1] }));
    const wide = through(image, layers.conv2d({ ...same, filters: 4, activation: 'relu' }));
    const deep = through(wide, layers.conv2d({ ...same, filters: 4, strides: [1, 2] }), layers.leakyReLU());
    const back = through(deep, layers.conv2dTranspose({ ...same, filters: 4, strides: [1, 2], activation: 'relu' }));
    const joined = apply(layers.concatenate(), [apply(layers.add(), [wide, back]), image]);
    return through(joined, layers.conv2d({ ...same, filters: 1 }), layers.flatten());
  },
  'a signal, in 1-D': (x) =>
    through(
      x,
      layers.reshape({ targetShape: [160, 1] }),
      layers.conv1d({ filters: 6, kernelSize: 5, strides: 2, padding: 'same', activation: 'tanh' }),
      layers.averagePooling1d({ poolSize: 2 }),
      layers.layerNormalization(),
      layers.flatten(),
      layers.dense({ units: 160 }),
    ),
  'recurrent, with a repeated code': (x) =>
    through(
      x,
      layers.reshape(rows),
      layers.lstm({ units: 12, returnSequences: true }),
      layers.gru({ units: 8 }),
      layers.repeatVector({ n: height }),
      layers.bidirectional({ layer: layers.lstm({ units: 8, returnSequences: true }) as tf.RNN, mergeMode: 'concat' }),
      layers.timeDistributed({ layer: layers.dense({ units: width }) }),
      layers.flatten(),
    ),
  'recurrent, the decoder from the states of the encoder': (x) => {
    const steps = through(x, layers.reshape(rows));
    const [, hidden, cell] = layers.lstm({ units: 12, returnState: true }).apply(steps) as tf.SymbolicTensor[];
    const repeated = through(hidden!, layers.repeatVector({ n: height }));
    const decoder = layers.lstm({ units: 12, returnSequences: true });
    const decoded = decoder.apply(repeated, { initialState: [hidden!, cell!] }) as tf.SymbolicTensor;
    return through(decoded, layers.timeDistributed({ layer: layers.dense({ units: width }) }), layers.flatten());
  },
  'recurrent, a GRU from a dense state': (x) => {
    const steps = through(x, layers.reshape(rows));
    const state = through(x, layers.dense({ units: 9, activation: 'tanh' }));
    const decoded = layers.gru({ units: 9, returnSequences: true }).apply(steps, { initialState: [state] }) as tf.SymbolicTensor;
    return through(decoded, layers.timeDistributed({ layer: layers.dense({ units: width }) }), layers.flatten());
  },
  'recurrent in each frame, then over the frames': (x) => {
    const frames = through(
      x,
      layers.reshape({ targetShape: [height, 8, 4] }),
      layers.timeDistributed({
        layer: layers.bidirectional({ layer: layers.gru({ units: 6 }) as tf.RNN, mergeMode: 'concat' }),
      }),
    );
    const encoder = layers.lstm({ units: 10, returnSequences: true, returnState: true });
    const [sequence, hidden, cell] = encoder.apply(frames) as tf.SymbolicTensor[];
    const code = apply(layers.concatenate(), [hidden!, cell!, through(sequence!, layers.flatten())]);
    return through(code, layers.dense({ units: height * width }));
  },
  'a film: a convolution on each frame, then recurrent': (x) =>
    through(
      x,
      layers.reshape({ targetShape: [height, 8, 4, 1] }),
      layers.timeDistributed({ layer: layers.conv2d({ ...same, filters: 4, activation: 'relu' }) }),
      layers.timeDistributed({ layer: layers.maxPooling2d({ poolSize: 2 }) }),
      layers.timeDistributed({ layer: layers.flatten() }),
      layers.lstm({ units: 10, returnSequences: true }),
      layers.timeDistributed({ layer: layers.dense({ units: width }) }),
      layers.flatten(),
    ),
};

/** Whole models through reader, compiler and runtime; weights are random, inputs are real frames. */
describe('Keras models', () => {
  test.each(Object.entries(models))('%s', async (_, build) => {
    const x = tf.input({ shape: [height * width] });
    await expectFaithful(await readBack(trained(tf.model({ inputs: x, outputs: build(x) }))), 35);
  });
});
