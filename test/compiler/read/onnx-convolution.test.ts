import { describe, expect, test } from 'vitest';
import { floats } from './onnx-build.ts';
import { distanceFromOrt, float, single, text, weights, type Case } from './onnx-run.ts';

const image = [1, 4, 6, 5];
const sequence = [1, 4, 11];
const convolutions: readonly Case[] = [
  [
    'Conv 3 x 3 with pads, strides and bias',
    single('Conv', { pads: [1, 0, 1, 2], strides: [2, 1] }, [weights('w', [3, 4, 3, 3]), weights('b', [3])]),
    image,
  ],
  ['Conv with dilations', single('Conv', { dilations: [2, 1], pads: [2, 1, 2, 1] }, [weights('w', [3, 4, 3, 3])]), image],
  ['Conv in two groups', single('Conv', { group: 2 }, [weights('w', [6, 2, 2, 2])]), image],
  [
    'Conv depthwise',
    single('Conv', { group: 4, auto_pad: text('SAME_UPPER'), strides: [2, 2] }, [weights('w', [4, 1, 3, 3])]),
    image,
  ],
  ['Conv with SAME_LOWER', single('Conv', { auto_pad: text('SAME_LOWER') }, [weights('w', [3, 4, 2, 2])]), image],
  ['Conv with VALID', single('Conv', { auto_pad: text('VALID') }, [weights('w', [3, 4, 2, 2])]), image],
  ['Conv in one dimension', single('Conv', { pads: [2, 2], kernel_shape: [5] }, [weights('w', [3, 4, 5])]), sequence],
  ['Conv in three dimensions', single('Conv', { pads: [1, 0, 1, 1, 0, 1] }, [weights('w', [3, 2, 2, 2, 3])]), [1, 2, 3, 4, 5]],
  [
    'ConvTranspose with strides, pads, output padding',
    single('ConvTranspose', { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }, [
      weights('w', [4, 3, 3, 3]),
      weights('b', [3]),
    ]),
    image,
  ],
  ['ConvTranspose in two groups', single('ConvTranspose', { group: 2, strides: [1, 2] }, [weights('w', [4, 3, 2, 3])]), image],
  [
    'ConvTranspose depthwise with dilations',
    single('ConvTranspose', { group: 4, dilations: [2, 2] }, [weights('w', [4, 1, 2, 2])]),
    image,
  ],
  [
    'ConvTranspose with SAME_UPPER',
    single('ConvTranspose', { auto_pad: text('SAME_UPPER'), strides: [2, 2] }, [weights('w', [4, 3, 3, 3])]),
    image,
  ],
  [
    'ConvTranspose with SAME_LOWER',
    single('ConvTranspose', { auto_pad: text('SAME_LOWER'), strides: [2, 2] }, [weights('w', [4, 3, 3, 3])]),
    image,
  ],
  [
    'ConvTranspose with output_shape',
    single('ConvTranspose', { output_shape: [12, 10], strides: [2, 2] }, [weights('w', [4, 3, 3, 3])]),
    image,
  ],
  [
    'ConvTranspose in one dimension',
    single('ConvTranspose', { strides: [3], pads: [1, 0] }, [weights('w', [4, 2, 4])]),
    sequence,
  ],
  ['MaxPool with pads and strides', single('MaxPool', { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }), image],
  ['MaxPool with ceil_mode', single('MaxPool', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }), image],
  ['MaxPool with dilations in one dimension', single('MaxPool', { kernel_shape: [3], dilations: [2] }), sequence],
  ['AveragePool with pads', single('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), image],
  [
    'AveragePool that counts its pads',
    single('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
    image,
  ],
  [
    'AveragePool with SAME_LOWER',
    single('AveragePool', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: text('SAME_LOWER') }),
    image,
  ],
  ['GlobalAveragePool', single('GlobalAveragePool'), image],
  ['GlobalMaxPool', single('GlobalMaxPool'), sequence],
];

const normalizations: readonly Case[] = [
  [
    'BatchNormalization over channels',
    single('BatchNormalization', { epsilon: float(0.01) }, [
      weights('s', [4]),
      weights('b', [4]),
      weights('m', [4]),
      floats('v', [4], [0.5, 1, 2, 3]),
    ]),
    image,
  ],
  ['InstanceNormalization', single('InstanceNormalization', {}, [weights('s', [4]), weights('b', [4])]), image],
  ['LayerNormalization over the last axis', single('LayerNormalization', {}, [weights('s', [5]), weights('b', [5])]), image],
  [
    'LayerNormalization from axis 2 on',
    single('LayerNormalization', { axis: 2 }, [weights('s', [6, 5]), weights('b', [6, 5])]),
    image,
  ],
  ['LayerNormalization without offset', single('LayerNormalization', {}, [weights('s', [5])]), image],
  [
    'GroupNormalization of operator set 21',
    single('GroupNormalization', { num_groups: 2 }, [weights('s', [4]), weights('b', [4])], 21),
    image,
  ],
  ['Softmax over the channels', single('Softmax', { axis: 1 }), image],
  ['Softmax of operator set 11 over the last three axes', single('Softmax', { axis: 1 }, [], 11), image],
  ['LogSoftmax', single('LogSoftmax', { axis: 2 }), image],
];

describe.each(Object.entries({ convolutions, normalizations }))(
  '%s mean what they mean to onnxruntime-web, to 1e-5',
  (_, cases) => {
    test.each(cases)('%s', async (_title, parts, shape) => {
      expect(await distanceFromOrt(parts, shape)).toBeLessThan(1e-5);
    });
  },
);
