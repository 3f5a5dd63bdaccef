import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { difference } from './keras-config.ts';
import { attributes, ours, theirs, type GraphParts } from './tfjs-graph-build.ts';

beforeAll(() => tf.setBackend('cpu'));

const { flag, float, int, ints, text, texts } = attributes;
const image = [6, 8, 4];
const strides = { strides: ints([1, 1, 1, 1]), dilations: ints([1, 1, 1, 1]), padding: text('SAME') };
const fused = (...ops: readonly string[]) => ({
  fused_ops: texts(ops),
  num_args: int(ops.filter((op) => op === 'BiasAdd' || op === 'Prelu').length),
});
const one = (op: string, inputs: readonly string[], attr: object = {}): GraphParts['nodes'] => ({ y: [op, inputs, attr] });
const kernel = { shape: [3, 3, 4, 5] };

/** One operator or a few, each against TensorFlow.js. */
const cases: Readonly<Record<string, GraphParts>> = {
  Conv2D: { shape: image, trained: { w: kernel }, nodes: one('Conv2D', ['x', 'w'], strides) },
  'Conv2D, strides 2, VALID': {
    shape: image,
    trained: { w: kernel },
    nodes: one('Conv2D', ['x', 'w'], { ...strides, strides: ints([1, 2, 2, 1]), padding: text('VALID') }),
  },
  'Conv2D, explicit padding': {
    shape: image,
    trained: { w: kernel },
    nodes: one('Conv2D', ['x', 'w'], {
      ...strides,
      padding: text('EXPLICIT'),
      explicit_paddings: ints([0, 0, 1, 2, 0, 1, 0, 0]),
    }),
  },
  '_FusedConv2D with bias and relu': {
    shape: image,
    trained: { w: kernel, b: { shape: [5] } },
    nodes: one('_FusedConv2D', ['x', 'w', 'b'], { ...strides, ...fused('BiasAdd', 'Relu') }),
  },
  '_FusedConv2D with bias and a leaky relu': {
    shape: image,
    trained: { w: kernel, b: { shape: [5] } },
    nodes: one('_FusedConv2D', ['x', 'w', 'b'], { ...strides, ...fused('BiasAdd', 'LeakyRelu'), leakyrelu_alpha: float(0.1) }),
  },
  DepthwiseConv2dNative: {
    shape: image,
    trained: { w: { shape: [3, 3, 4, 2] } },
    nodes: one('DepthwiseConv2dNative', ['x', 'w'], strides),
  },
  FusedDepthwiseConv2dNative: {
    shape: image,
    trained: { w: { shape: [3, 3, 4, 1] }, b: { shape: [4] } },
    nodes: one('FusedDepthwiseConv2dNative', ['x', 'w', 'b'], { ...strides, ...fused('BiasAdd', 'Relu6') }),
  },
  Conv2DBackpropInput: {
    shape: image,
    trained: { shape: { ints: [1, 12, 16, 3] }, w: { shape: [3, 3, 3, 4] } },
    nodes: one('Conv2DBackpropInput', ['shape', 'w', 'x'], { ...strides, strides: ints([1, 2, 2, 1]) }),
  },
  'a dilated convolution between blocks': {
    shape: [8, 8, 4],
    trained: { w: kernel, blocks: { ints: [2, 2] } },
    nodes: {
      pads: ['Reshape', ['zeros', 'two']],
      spread: ['SpaceToBatchND', ['x', 'blocks', 'pads']],
      conv: ['Conv2D', ['spread', 'w'], { ...strides, padding: text('VALID') }],
      y: ['BatchToSpaceND', ['conv', 'blocks', 'crops']],
      crops: ['Reshape', ['none', 'two']],
    },
  },
  MaxPool: {
    shape: image,
    nodes: one('MaxPool', ['x'], { ksize: ints([1, 2, 2, 1]), strides: ints([1, 2, 2, 1]), padding: text('SAME') }),
  },
  AvgPool: {
    shape: image,
    nodes: one('AvgPool', ['x'], { ksize: ints([1, 3, 3, 1]), strides: ints([1, 2, 2, 1]), padding: text('SAME') }),
  },
  MatMul: { shape: [6], trained: { w: { shape: [6, 5] } }, nodes: one('MatMul', ['x', 'w']) },
  'MatMul, transposed': {
    shape: [6],
    trained: { w: { shape: [5, 6] } },
    nodes: one('MatMul', ['x', 'w'], { transpose_b: flag(true) }),
  },
  '_FusedMatMul with bias and tanh': {
    shape: [6],
    trained: { w: { shape: [6, 5] }, b: { shape: [5] } },
    nodes: { d: ['_FusedMatMul', ['x', 'w', 'b'], fused('BiasAdd', 'Relu')], y: ['Tanh', ['d']] },
  },
  BatchMatMulV2: { shape: [4, 6], nodes: one('BatchMatMulV2', ['x', 'x'], { adj_y: flag(true) }) },
  Einsum: {
    shape: [4, 6],
    trained: { w: { shape: [6, 2, 3] } },
    nodes: one('Einsum', ['x', 'w'], { equation: text('abc,cde->abde'), N: int(2) }),
  },
  BiasAdd: { shape: image, trained: { b: { shape: [4] } }, nodes: one('BiasAdd', ['x', 'b']) },
  FusedBatchNormV3: {
    shape: image,
    trained: { scale: { shape: [4] }, offset: { shape: [4] }, mean: { shape: [4] }, variance: { shape: [4], from: 1 } },
    nodes: one('FusedBatchNormV3', ['x', 'scale', 'offset', 'mean', 'variance'], {
      epsilon: float(0.01),
      is_training: flag(false),
    }),
  },
  Softmax: { shape: [4, 6], nodes: one('Softmax', ['x']) },
  LogSoftmax: { shape: [4, 6], nodes: one('LogSoftmax', ['x']) },
  Mean: { shape: image, trained: { axes: { ints: [1, 2] } }, nodes: one('Mean', ['x', 'axes'], { keep_dims: flag(true) }) },
  Sum: { shape: image, trained: { axes: { ints: [-1] } }, nodes: one('Sum', ['x', 'axes'], { keep_dims: flag(false) }) },
  Max: { shape: image, trained: { axes: { ints: [1] } }, nodes: one('Max', ['x', 'axes']) },
  Min: { shape: image, trained: { axes: { ints: [1] } }, nodes: one('Min', ['x', 'axes']) },
  EuclideanNorm: { shape: image, trained: { axes: { ints: [3] } }, nodes: one('EuclideanNorm', ['x', 'axes']) },
  Tile: { shape: [4, 6], trained: { n: { ints: [1, 2, 3] } }, nodes: one('Tile', ['x', 'n']) },
  ConcatV2: {
    shape: [4, 6],
    trained: { axis: { ints: [2], scalar: true } },
    nodes: { a: ['Relu', ['x']], y: ['ConcatV2', ['x', 'a', 'axis'], { N: int(2) }] },
  },
  Slice: { shape: [4, 6], trained: { at: { ints: [0, 1, 2] }, n: { ints: [1, 2, -1] } }, nodes: one('Slice', ['x', 'at', 'n']) },
  StridedSlice: {
    shape: [4, 6],
    trained: { from: { ints: [0, 0, 5] }, to: { ints: [0, 2, 0] }, by: { ints: [1, 1, -2] } },
    nodes: one('StridedSlice', ['x', 'from', 'to', 'by'], {
      begin_mask: int(1),
      end_mask: int(1),
      ellipsis_mask: int(0),
      new_axis_mask: int(0),
      shrink_axis_mask: int(0),
    }),
  },
  Split: {
    shape: [4, 6],
    trained: { axis: { ints: [2], scalar: true } },
    nodes: { parts: ['Split', ['axis', 'x'], { num_split: int(3) }], y: ['Sub', ['parts:1', 'parts:2']] },
  },
  SplitV: {
    shape: [4, 6],
    trained: { sizes: { ints: [2, 4] }, axis: { ints: [2], scalar: true } },
    nodes: { parts: ['SplitV', ['x', 'sizes', 'axis'], { num_split: int(2) }], y: ['Neg', ['parts:1']] },
  },
  Unpack: { shape: [3, 6], nodes: { parts: ['Unpack', ['x'], { axis: int(1), num: int(3) }], y: ['Add', ['parts', 'parts:2']] } },
  Pack: { shape: [6], nodes: { a: ['Relu', ['x']], y: ['Pack', ['x', 'a'], { axis: int(1), N: int(2) }] } },
  GatherV2: {
    shape: [4, 6],
    trained: { at: { ints: [3, 0, 3] }, axis: { ints: [2], scalar: true } },
    nodes: one('GatherV2', ['x', 'at', 'axis']),
  },
  Transpose: { shape: image, trained: { order: { ints: [0, 3, 1, 2] } }, nodes: one('Transpose', ['x', 'order']) },
  'a shape computed by the model': {
    shape: [4, 6],
    trained: {
      from: { ints: [1] },
      to: { ints: [2] },
      by: { ints: [1] },
      two: { ints: [2], scalar: true },
      minus: { ints: [-1], scalar: true },
    },
    nodes: {
      shape: ['Shape', ['x']],
      rows: ['StridedSlice', ['shape', 'from', 'to', 'by'], { shrink_axis_mask: int(1) }],
      half: ['FloorDiv', ['rows', 'two']],
      wanted: ['Pack', ['minus', 'half'], { axis: int(0), N: int(2) }],
      y: ['Reshape', ['x', 'wanted']],
    },
  },
  'a shape computed with Prod, as Keras does for Dense on sequences': {
    shape: [4, 6],
    trained: {
      axis: { ints: [0] },
      from: { ints: [1] },
      to: { ints: [3] },
      by: { ints: [1] },
      minus: { ints: [-1], scalar: true },
    },
    nodes: {
      shape: ['Shape', ['x']],
      extents: ['StridedSlice', ['shape', 'from', 'to', 'by']],
      all: ['Prod', ['extents', 'axis'], { keep_dims: flag(false) }],
      wanted: ['Pack', ['minus', 'all'], { axis: int(0), N: int(2) }],
      y: ['Reshape', ['x', 'wanted']],
    },
  },
  'BroadcastArgs: the greater of both extents': {
    shape: [1, 6],
    trained: { one: { ints: [1, 3, 6] }, other: { ints: [1, 1, 1] } },
    nodes: { wanted: ['BroadcastArgs', ['one', 'other']], y: ['BroadcastTo', ['x', 'wanted']] },
  },
  Squeeze: { shape: [1, 6], nodes: one('Squeeze', ['x'], { squeeze_dims: ints([1]) }) },
  ExpandDims: { shape: [6], trained: { axis: { ints: [1], scalar: true } }, nodes: one('ExpandDims', ['x', 'axis']) },
  BroadcastTo: { shape: [1, 6], trained: { wanted: { ints: [1, 3, 6] } }, nodes: one('BroadcastTo', ['x', 'wanted']) },
  DepthToSpace: { shape: image, nodes: one('DepthToSpace', ['x'], { block_size: int(2), data_format: text('NHWC') }) },
  ResizeNearestNeighbor: {
    shape: image,
    trained: { size: { ints: [9, 16] } },
    nodes: one('ResizeNearestNeighbor', ['x', 'size'], { align_corners: flag(false), half_pixel_centers: flag(true) }),
  },
  ResizeBilinear: {
    shape: image,
    trained: { size: { ints: [9, 16] } },
    nodes: one('ResizeBilinear', ['x', 'size'], { align_corners: flag(false), half_pixel_centers: flag(true) }),
  },
  'ResizeBilinear, corners aligned': {
    shape: image,
    trained: { size: { ints: [9, 16] } },
    nodes: one('ResizeBilinear', ['x', 'size'], { align_corners: flag(true), half_pixel_centers: flag(false) }),
  },
  AddN: { shape: [6], nodes: { a: ['Relu', ['x']], y: ['AddN', ['x', 'a', 'x'], { N: int(3) }] } },
  SquaredDifference: { shape: [6], nodes: { a: ['Relu', ['x']], y: ['SquaredDifference', ['x', 'a']] } },
  LeakyRelu: { shape: [6], nodes: one('LeakyRelu', ['x'], { alpha: float(0.3) }) },
  Prelu: { shape: [4, 6], trained: { slope: { shape: [6] } }, nodes: one('Prelu', ['x', 'slope']) },
  ClipByValue: {
    shape: [6],
    trained: { low: { ints: [0], scalar: true }, high: { ints: [1], scalar: true } },
    nodes: one('ClipByValue', ['x', 'low', 'high']),
  },
};

const paddings: Readonly<Record<string, GraphParts>> = Object.fromEntries(
  (['Pad', 'MirrorPad'] as const).map((op) => [
    op,
    {
      shape: [4, 6],
      trained: { flat: { ints: [0, 0, 1, 2, 2, 1] }, extents: { ints: [3, 2] } },
      nodes: { pads: ['Reshape', ['flat', 'extents']], y: [op, ['x', 'pads'], op === 'Pad' ? {} : { mode: text('REFLECT') }] },
    } satisfies GraphParts,
  ]),
);

const unary = [
  'Abs',
  'Ceil',
  'Cos',
  'Elu',
  'Erf',
  'Exp',
  'Floor',
  'Neg',
  'Relu',
  'Relu6',
  'Round',
  'Selu',
  'Sigmoid',
  'Sign',
  'Sin',
  'Softplus',
  'Square',
  'Tanh',
];

describe('operators of graph models, against TensorFlow.js', () => {
  const { 'a dilated convolution between blocks': between, ...others } = cases;
  const dilated = {
    ...between!,
    trained: { ...between!.trained, zeros: { ints: [2, 2, 2, 2] }, none: { ints: [0, 0, 0, 0] }, two: { ints: [2, 2] } },
  };

  test.each(Object.entries({ ...others, ...paddings, 'a dilated convolution between blocks': dilated }))(
    '%s',
    async (_, parts) => {
      const { x, y } = await ours(parts);
      expect(difference(y, await theirs(parts, x))).toBeLessThan(1e-5);
    },
  );

  test.each(unary)('%s', async (op) => {
    const parts: GraphParts = { shape: [40], nodes: one(op, ['x']) };
    const { x, y } = await ours(parts);
    expect(difference(y, await theirs(parts, x))).toBeLessThan(1e-5);
  });

  test.each(['Log', 'Reciprocal', 'Rsqrt', 'Sqrt'])('%s of positive values', async (op) => {
    const parts: GraphParts = { shape: [40], nodes: { positive: ['Exp', ['x']], y: [op, ['positive']] } };
    const { x, y } = await ours(parts);
    expect(difference(y, await theirs(parts, x))).toBeLessThan(1e-5);
  });

  test.each(['AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum', 'Pow'])('%s with broadcasting', async (op) => {
    const parts: GraphParts = {
      shape: [4, 6],
      trained: { row: { shape: [6], from: 1 } },
      nodes: { positive: ['Exp', ['x']], y: [op, ['positive', 'row']] },
    };
    const { x, y } = await ours(parts);
    expect(difference(y, await theirs(parts, x))).toBeLessThan(1e-5);
  });
});
