import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { differenceFromMeaning, type MeantLayer } from './keras-config.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Layers that TF.js has not, or has otherwise, said in its operators. */
const cases: Readonly<Record<string, MeantLayer>> = {
  'BatchNormalization of the first axis': {
    shape: [3, 4],
    layer: { kind: 'BatchNormalization', config: { axis: 1, epsilon: 0.01, scale: false } },
    weights: { beta: [3], moving_mean: [3], moving_variance: [3] },
    meaning: (x, w) => {
      const column = (name: string): tf.Tensor => w(name).reshape([1, 3, 1]);
      return x.sub(column('moving_mean')).div(column('moving_variance').add(0.01).sqrt()).add(column('beta'));
    },
  },
  'Softmax of the first axis': {
    shape: [3, 4],
    layer: { kind: 'Softmax', config: { axis: 1 } },
    meaning: (x) => x.transpose([0, 2, 1]).softmax().transpose([0, 2, 1]),
  },
  'Conv1D causal, dilated': {
    shape: [9, 2],
    layer: { kind: 'Conv1D', config: { filters: 3, kernel_size: [3], dilation_rate: [2], padding: 'causal' } },
    weights: { kernel: [3, 2, 3], bias: [3] },
    meaning: (x, w) =>
      tf
        .conv1d(
          x.pad([
            [0, 0],
            [4, 0],
            [0, 0],
          ]) as tf.Tensor3D,
          w('kernel') as tf.Tensor3D,
          1,
          'valid',
          'NWC',
          2,
        )
        .add(w('bias')),
  },
  'Conv2D with channels first': {
    shape: [2, 6, 5],
    layer: {
      kind: 'Conv2D',
      config: { filters: 3, kernel_size: [3, 2], data_format: 'channels_first', padding: 'same', activation: 'relu' },
    },
    weights: { kernel: [3, 2, 2, 3], bias: [3] },
    meaning: (x, w) =>
      tf
        .conv2d(x.transpose([0, 2, 3, 1]) as tf.Tensor4D, w('kernel') as tf.Tensor4D, 1, 'same')
        .add(w('bias'))
        .relu()
        .transpose([0, 3, 1, 2]),
  },
  'Conv2D in groups': {
    shape: [6, 5, 4],
    layer: { kind: 'Conv2D', config: { filters: 6, kernel_size: [3, 3], groups: 2, use_bias: false } },
    weights: { kernel: [3, 3, 2, 6] },
    meaning: (x, w) =>
      tf.concat(
        [0, 1].map((group) =>
          tf.conv2d(
            x.slice([0, 0, 0, 2 * group], [-1, -1, -1, 2]) as tf.Tensor4D,
            w('kernel').slice([0, 0, 0, 3 * group], [-1, -1, -1, 3]) as tf.Tensor4D,
            1,
            'valid',
          ),
        ),
        3,
      ),
  },
  DepthwiseConv1D: {
    shape: [9, 2],
    layer: { kind: 'DepthwiseConv1D', config: { kernel_size: [3], depth_multiplier: 2, padding: 'same' } },
    weights: { kernel: [3, 2, 2], bias: [4] },
    meaning: (x, w) =>
      tf
        .depthwiseConv2d(x.expandDims(1) as tf.Tensor4D, w('kernel').expandDims(0) as tf.Tensor4D, 1, 'same')
        .squeeze([1])
        .add(w('bias')),
  },
  SeparableConv1D: {
    shape: [9, 2],
    layer: { kind: 'SeparableConv1D', config: { filters: 5, kernel_size: [3], depth_multiplier: 2 } },
    weights: { depthwise_kernel: [3, 2, 2], pointwise_kernel: [1, 4, 5], bias: [5] },
    meaning: (x, w) =>
      tf
        .separableConv2d(
          x.expandDims(1) as tf.Tensor4D,
          w('depthwise_kernel').expandDims(0) as tf.Tensor4D,
          w('pointwise_kernel').expandDims(0) as tf.Tensor4D,
          1,
          'valid',
        )
        .squeeze([1])
        .add(w('bias')),
  },
  'Conv1DTranspose same, strides 2': {
    shape: [5, 2],
    layer: { kind: 'Conv1DTranspose', config: { filters: 3, kernel_size: [3], strides: [2], padding: 'same' } },
    weights: { kernel: [3, 3, 2], bias: [3] },
    meaning: (x, w) =>
      tf
        .conv2dTranspose(x.expandDims(1) as tf.Tensor4D, w('kernel').expandDims(0) as tf.Tensor4D, [1, 1, 10, 3], [1, 2], 'same')
        .squeeze([1])
        .add(w('bias')),
  },
  'Conv2DTranspose same with output_padding': {
    shape: [4, 4, 2],
    layer: {
      kind: 'Conv2DTranspose',
      config: { filters: 3, kernel_size: [3, 3], strides: [2, 2], padding: 'same', output_padding: [0, 0] },
    },
    weights: { kernel: [3, 3, 3, 2], bias: [3] },
    meaning: (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w('kernel') as tf.Tensor4D, [1, 7, 7, 3], 2, 'same').add(w('bias')),
  },
  UpSampling1D: {
    shape: [3, 4],
    layer: { kind: 'UpSampling1D', config: { size: 2 } },
    meaning: (x) => tf.stack([x, x], 2).reshape([1, 6, 4]),
  },
  'UpSampling2D bilinear': {
    shape: [3, 4, 2],
    layer: { kind: 'UpSampling2D', config: { size: [2, 3], interpolation: 'bilinear' } },
    meaning: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [6, 12], false, true),
  },
  'Resizing down': {
    shape: [6, 9, 2],
    layer: { kind: 'Resizing', config: { height: 4, width: 5, interpolation: 'bilinear' } },
    meaning: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [4, 5], false, true),
  },
  ZeroPadding1D: {
    shape: [3, 4],
    layer: { kind: 'ZeroPadding1D', config: { padding: [1, 2] } },
    meaning: (x) =>
      x.pad([
        [0, 0],
        [1, 2],
        [0, 0],
      ]),
  },
  Cropping1D: {
    shape: [6, 4],
    layer: { kind: 'Cropping1D', config: { cropping: [1, 2] } },
    meaning: (x) => x.slice([0, 1, 0], [1, 3, 4]),
  },
  'ZeroPadding2D by one number': {
    shape: [3, 4, 2],
    layer: { kind: 'ZeroPadding2D', config: { padding: 2 } },
    meaning: (x) =>
      x.pad([
        [0, 0],
        [2, 2],
        [2, 2],
        [0, 0],
      ]),
  },
  GroupNormalization: {
    shape: [3, 4, 6],
    layer: { kind: 'GroupNormalization', config: { groups: 3, epsilon: 0.01, axis: -1 } },
    weights: { gamma: [6], beta: [6] },
    meaning: (x, w) => {
      const grouped = x.reshape([1, 12, 3, 2]);
      const { mean, variance } = tf.moments(grouped, [1, 3], true);
      return grouped.sub(mean).div(variance.add(0.01).sqrt()).reshape([1, 3, 4, 6]).mul(w('gamma')).add(w('beta'));
    },
  },
  RMSNormalization: {
    shape: [3, 4],
    layer: { kind: 'RMSNormalization', config: { epsilon: 0.01 } },
    weights: { scale: [4] },
    meaning: (x, w) => x.div(x.square().mean(-1, true).add(0.01).sqrt()).mul(w('scale')),
  },
  UnitNormalization: {
    shape: [3, 4],
    layer: { kind: 'UnitNormalization', config: { axis: -1 } },
    meaning: (x) => x.div(x.square().sum(-1, true).sqrt()),
  },
  'hard_sigmoid of Keras 3': {
    shape: [40],
    layer: { kind: 'Activation', config: { activation: 'hard_sigmoid' } },
    meaning: (x) => x.add(3).div(6).clipByValue(0, 1),
  },
  'an activation that is a layer': {
    shape: [5],
    layer: { kind: 'Dense', config: { units: 4, activation: { class_name: 'LeakyReLU', config: { negative_slope: 0.1 } } } },
    weights: { kernel: [5, 4], bias: [4] },
    meaning: (x, w) => tf.leakyRelu(x.matMul(w('kernel')).add(w('bias')), 0.1),
  },
  glu: {
    shape: [3, 6],
    layer: { kind: 'Activation', config: { activation: 'glu' } },
    meaning: (x) => x.slice([0, 0, 0], [1, 3, 3]).mul(x.slice([0, 0, 3], [1, 3, 3]).sigmoid()),
  },
  log_sigmoid: {
    shape: [6],
    layer: { kind: 'Activation', config: { activation: 'log_sigmoid' } },
    meaning: (x) => tf.logSigmoid(x),
  },
  squareplus: {
    shape: [6],
    layer: { kind: 'Activation', config: { activation: 'squareplus' } },
    meaning: (x) => x.add(x.square().add(4).sqrt()).div(2),
  },
  'EinsumDense over two axes': {
    shape: [3, 4, 2],
    layer: { kind: 'EinsumDense', config: { equation: 'abcd,cde->abe', output_shape: [null, 5], bias_axes: 'e' } },
    weights: { kernel: [4, 2, 5], bias: [5] },
    meaning: (x, w) =>
      x
        .reshape([3, 8])
        .matMul(w('kernel').reshape([8, 5]))
        .reshape([1, 3, 5])
        .add(w('bias')),
  },
};

describe('layers that TF.js has not, against its operators', () => {
  test.each(Object.entries(cases))('%s', (_, meant) => {
    expect(differenceFromMeaning(meant)).toBeLessThan(1e-5);
  });
});
