import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { chain, differenceFromTfjs } from './layers-models.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;
const signal = { inputShape: [12, 6] };
const image = { inputShape: [10, 8, 6] };

/** One layer on a signal [12 x 6] or an image [10 x 8 x 6], against TF.js. */
describe('one layer', () => {
  test.each<[title: string, layer: tf.layers.Layer]>([
    ['Dense over steps', layers.dense({ ...signal, units: 5, activation: 'tanh' })],
    ['Dense without bias', layers.dense({ ...signal, units: 5, useBias: false })],
    ['Conv1D', layers.conv1d({ ...signal, filters: 4, kernelSize: 3 })],
    ['Conv1D same, strides 2', layers.conv1d({ ...signal, filters: 4, kernelSize: 3, strides: 2, padding: 'same' })],
    ['Conv2D', layers.conv2d({ ...image, filters: 4, kernelSize: [3, 2], activation: 'relu' })],
    ['Conv2D same, strides 2', layers.conv2d({ ...image, filters: 4, kernelSize: 3, strides: 2, padding: 'same' })],
    ['Conv2D dilated', layers.conv2d({ ...image, filters: 4, kernelSize: 3, dilationRate: 2 })],
    ['Conv2D without bias', layers.conv2d({ ...image, filters: 4, kernelSize: 3, useBias: false })],
    ['Conv3D', layers.conv3d({ inputShape: [4, 5, 6, 2], filters: 3, kernelSize: 2, padding: 'same' })],
    ['DepthwiseConv2D', layers.depthwiseConv2d({ ...image, kernelSize: 3 })],
    [
      'DepthwiseConv2D, multiplier 2',
      layers.depthwiseConv2d({ ...image, kernelSize: 3, depthMultiplier: 2, padding: 'same', strides: [2, 2] }),
    ],
    ['SeparableConv2D', layers.separableConv2d({ ...image, filters: 5, kernelSize: 3, depthMultiplier: 2, padding: 'same' })],
    ['Conv2DTranspose', layers.conv2dTranspose({ ...image, filters: 4, kernelSize: 3 })],
    [
      'Conv2DTranspose same, strides 2',
      layers.conv2dTranspose({ ...image, filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    ],
    ['Conv2DTranspose, strides beyond the kernel', layers.conv2dTranspose({ ...image, filters: 4, kernelSize: 2, strides: 3 })],
    [
      'Conv2DTranspose same, kernel 4',
      layers.conv2dTranspose({ ...image, filters: 4, kernelSize: 4, strides: [2, 1], padding: 'same' }),
    ],
    ['MaxPooling1D', layers.maxPooling1d({ ...signal, poolSize: 2 })],
    ['MaxPooling2D same', layers.maxPooling2d({ ...image, poolSize: 3, strides: 2, padding: 'same' })],
    ['AveragePooling1D', layers.averagePooling1d({ ...signal, poolSize: 3, strides: 1 })],
    ['AveragePooling2D same', layers.averagePooling2d({ ...image, poolSize: 3, strides: 2, padding: 'same' })],
    ['MaxPooling3D', layers.maxPooling3d({ inputShape: [4, 5, 6, 2], poolSize: 2 })],
    ['GlobalAveragePooling1D', layers.globalAveragePooling1d(signal)],
    ['GlobalAveragePooling2D', layers.globalAveragePooling2d(image as object)],
    ['GlobalMaxPooling1D', layers.globalMaxPooling1d(signal)],
    ['GlobalMaxPooling2D', layers.globalMaxPooling2d(image as object)],
    ['UpSampling2D', layers.upSampling2d({ ...image, size: [2, 3] })],
    [
      'ZeroPadding2D',
      layers.zeroPadding2d({
        ...image,
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
    ],
    [
      'Cropping2D',
      layers.cropping2D({
        ...image,
        cropping: [
          [1, 2],
          [0, 3],
        ],
      }),
    ],
    ['Flatten', layers.flatten(image)],
    ['Flatten of channels that come first', layers.flatten({ ...image, dataFormat: 'channelsFirst' })],
    ['Permute', layers.permute({ ...image, dims: [3, 1, 2] })],
    ['Reshape', layers.reshape({ ...image, targetShape: [-1, 12] })],
    ['RepeatVector', layers.repeatVector({ inputShape: [6], n: 4 })],
    ['BatchNormalization', layers.batchNormalization(image)],
    ['BatchNormalization without scale', layers.batchNormalization({ ...image, scale: false })],
    ['BatchNormalization without center', layers.batchNormalization({ ...image, center: false })],
    ['LayerNormalization', layers.layerNormalization(image)],
    ['LayerNormalization of two axes', layers.layerNormalization({ ...image, axis: [2, 3] })],
    ['LayerNormalization without center', layers.layerNormalization({ ...signal, center: false })],
    ['Rescaling', layers.rescaling({ ...image, scale: 0.5, offset: 3 } as never)],
    ['PReLU', layers.prelu(image)],
    ['PReLU of shared axes', layers.prelu({ ...image, sharedAxes: [1, 2] })],
    ['LeakyReLU', layers.leakyReLU(image)],
    ['LeakyReLU 0.1', layers.leakyReLU({ ...image, alpha: 0.1 })],
    ['ReLU', layers.reLU(image)],
    ['ReLU to a maximum', layers.reLU({ ...image, maxValue: 0.5 })],
    ['ELU', layers.elu(image)],
    ['ThresholdedReLU', layers.thresholdedReLU({ ...image, theta: 0.3 })],
    ['Softmax', layers.softmax({ inputShape: [6] })],
    ['Dropout', layers.dropout({ ...image, rate: 0.5 })],
    ['LSTM', layers.lstm({ ...signal, units: 5 })],
    [
      'LSTM, sequences, sigmoid gates',
      layers.lstm({ ...signal, units: 5, returnSequences: true, recurrentActivation: 'sigmoid' }),
    ],
    ['LSTM backwards', layers.lstm({ ...signal, units: 5, goBackwards: true })],
    ['LSTM backwards, sequences', layers.lstm({ ...signal, units: 5, goBackwards: true, returnSequences: true })],
    ['LSTM of relu without bias', layers.lstm({ ...signal, units: 5, activation: 'relu', useBias: false })],
    ['GRU', layers.gru({ ...signal, units: 5 })],
    ['GRU, sequences', layers.gru({ ...signal, units: 5, returnSequences: true, recurrentActivation: 'sigmoid' })],
    ['SimpleRNN', layers.simpleRNN({ ...signal, units: 5, returnSequences: true })],
    ['RNN of a cell', layers.rnn({ ...signal, cell: layers.gruCell({ units: 5 }), returnSequences: true }) as tf.layers.Layer],
    ['TimeDistributed Dense', layers.timeDistributed({ ...signal, layer: layers.dense({ units: 4, activation: 'relu' }) })],
    [
      'TimeDistributed Conv1D',
      layers.timeDistributed({ inputShape: [3, 7, 4], layer: layers.conv1d({ filters: 5, kernelSize: 3 }) }),
    ],
    [
      'Bidirectional LSTM, concat',
      layers.bidirectional({ ...signal, layer: layers.lstm({ units: 4, returnSequences: true }) as tf.RNN, mergeMode: 'concat' }),
    ],
    ['Bidirectional GRU, sum', layers.bidirectional({ ...signal, layer: layers.gru({ units: 4 }) as tf.RNN, mergeMode: 'sum' })],
    [
      'Bidirectional SimpleRNN, mul',
      layers.bidirectional({
        ...signal,
        layer: layers.simpleRNN({ units: 4, returnSequences: true }) as tf.RNN,
        mergeMode: 'mul',
      }),
    ],
    [
      'Bidirectional LSTM, ave',
      layers.bidirectional({ ...signal, layer: layers.lstm({ units: 4 }) as tf.RNN, mergeMode: 'ave' }),
    ],
  ])('%s', async (_, layer) => {
    expect(await differenceFromTfjs(chain(layer))).toBeLessThan(1e-5);
  });

  test.each([
    'elu',
    'hardSigmoid',
    'linear',
    'relu',
    'relu6',
    'selu',
    'sigmoid',
    'softmax',
    'softplus',
    'softsign',
    'tanh',
    'swish',
    'mish',
    'gelu',
    'gelu_new',
  ])('Activation %s', async (activation) => {
    expect(await differenceFromTfjs(chain(layers.activation({ ...signal, activation: activation as 'elu' })))).toBeLessThan(1e-5);
  });
});

const dense = (units: number): tf.layers.Layer => layers.dense({ units, activation: 'tanh' });
const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor =>
  layer.apply(x) as tf.SymbolicTensor;

/** Models that are no chain. */
describe('a graph of layers', () => {
  test.each<[title: string, merge: tf.layers.Layer]>([
    ['Add', layers.add()],
    ['Multiply', layers.multiply()],
    ['Average', layers.average()],
    ['Maximum', layers.maximum()],
    ['Minimum', layers.minimum()],
    ['Concatenate', layers.concatenate()],
    ['Concatenate of the first axis', layers.concatenate({ axis: 1 })],
  ])('branches that %s joins', async (_, merge) => {
    const input = tf.input({ shape: [5, 6] });
    const joined = apply(merge, [apply(dense(6), input), apply(dense(6), input), input]);
    expect(await differenceFromTfjs(tf.model({ inputs: input, outputs: apply(dense(3), joined) }))).toBeLessThan(1e-5);
  });

  test('a layer that is applied twice', async () => {
    const input = tf.input({ shape: [6] });
    const shared = dense(6);
    const output = apply(layers.add(), [apply(shared, apply(shared, input)), input]);
    expect(await differenceFromTfjs(tf.model({ inputs: input, outputs: output }))).toBeLessThan(1e-5);
  });

  test('an encoder and a decoder as models, with skip connections inside', async () => {
    const x = tf.input({ shape: [8, 8, 1] });
    const first = apply(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }), x);
    const second = apply(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), first);
    const encoder = tf.model({
      inputs: x,
      outputs: apply(layers.maxPooling2d({ poolSize: 2 }), apply(layers.add(), [first, second])),
    });
    const decoder = tf.sequential({
      layers: [
        layers.conv2dTranspose({
          inputShape: [4, 4, 4],
          filters: 4,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          activation: 'relu',
        }),
        layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', activation: 'sigmoid' }),
      ],
    });
    const input = tf.input({ shape: [8, 8, 1] });
    const output = apply(decoder, apply(encoder, input));
    expect(await differenceFromTfjs(tf.model({ inputs: input, outputs: output }))).toBeLessThan(1e-5);
  });

  test('a model inside of a Sequential one', async () => {
    const inner = tf.sequential({ layers: [layers.dense({ inputShape: [6], units: 3, activation: 'relu' })] });
    const outer = tf.sequential({ layers: [inner, layers.dense({ units: 6 })] });
    expect(await differenceFromTfjs(outer)).toBeLessThan(1e-5);
  });

  test('a TimeDistributed model over images', async () => {
    const inner = tf.sequential({
      layers: [layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3 }), layers.flatten(), layers.dense({ units: 4 })],
    });
    const outer = chain(
      layers.timeDistributed({ inputShape: [5, 6, 6, 1], layer: inner }),
      layers.lstm({ units: 3, returnSequences: true }),
    );
    expect(await differenceFromTfjs(outer)).toBeLessThan(1e-5);
  });

  test('a recurrent autoencoder whose decoder starts from the states of its encoder', async () => {
    const input = tf.input({ shape: [7, 3] });
    const [, h, c] = layers.lstm({ units: 4, returnState: true }).apply(input) as tf.SymbolicTensor[];
    const repeated = apply(layers.repeatVector({ n: 7 }), h!);
    const decoded = layers
      .lstm({ units: 4, returnSequences: true })
      .apply(repeated, { initialState: [h!, c!] }) as tf.SymbolicTensor;
    const output = apply(layers.timeDistributed({ layer: layers.dense({ units: 3 }) }), decoded);
    expect(await differenceFromTfjs(tf.model({ inputs: input, outputs: output }))).toBeLessThan(1e-5);
  });
});
