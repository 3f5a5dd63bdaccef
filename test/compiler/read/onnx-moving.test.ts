import { describe, expect, test } from 'vitest';
import { floats, int64s } from './onnx-build.ts';
import { distanceFromOrt, float, single, text, wave, weights, type Case } from './onnx-run.ts';

const image = [1, 4, 6, 5];
const reductions: readonly Case[] = [
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].map(
    (op): Case => [`${op} over axes 1 and -1`, single(op, { axes: [1, -1] }, [], 13), image],
  ),
  ['ReduceSum with axes as an input, without keepdims', single('ReduceSum', { keepdims: 0 }, [int64s('axes', [2, 3])]), image],
  ['ReduceMean over all axes but the batch', single('ReduceMean', { axes: [1, 2, 3], keepdims: 0 }, [], 11), image],
];

const movements: readonly Case[] = [
  ['DepthToSpace DCR', single('DepthToSpace', { blocksize: 2 }), [1, 8, 3, 2]],
  ['DepthToSpace CRD', single('DepthToSpace', { blocksize: 2, mode: text('CRD') }), [1, 8, 3, 2]],
  ['SpaceToDepth', single('SpaceToDepth', { blocksize: 2 }), [1, 3, 4, 6]],
  ['Pad with a value', single('Pad', {}, [int64s('pads', [0, 0, 1, 2, 0, 1, 0, 1]), floats('value', [], [0.5])]), image],
  ...['reflect', 'edge', 'wrap'].map((mode): Case => [
    `Pad ${mode}`,
    single('Pad', { mode: text(mode) }, [int64s('pads', [0, 0, 2, 1, 0, 0, 3, 2])], 19),
    image,
  ]),
  [
    'Pad of operator set 2, with negative pads',
    single('Pad', { pads: [0, -1, 1, 0, 0, 0, 0, -2], value: float(2) }, [], 10),
    image,
  ],
  [
    'Slice with steps, negative ends and axes',
    single('Slice', {}, [int64s('from', [-1, 0]), int64s('to', [-100, -1]), int64s('axes', [2, -1]), int64s('steps', [-2, 2])]),
    image,
  ],
  ['Slice of operator set 9', single('Slice', { starts: [1, 0], ends: [3, 9223372036854774784], axes: [1, 3] }, [], 9), image],
  ['Gather at several places', single('Gather', { axis: 2 }, [{ ...int64s('at', [0, -1, 2, 2]), dims: [2, 2] }]), image],
  ['ReverseSequence', single('ReverseSequence', { time_axis: 1, batch_axis: 0 }, [int64s('lengths', [4])]), image],
  ['Tile', single('Tile', {}, [int64s('repeats', [1, 2, 1, 3])]), image],
  ['Expand', single('Expand', {}, [int64s('shape', [1, 4, 3, 11])]), [1, 4, 1, 11]],
  [
    'Split, then Concat in another order',
    {
      nodes: [
        { op: 'Split', inputs: ['x', 'lengths'], output: ['a', 'b', 'c'], attributes: { axis: 1 } },
        { op: 'Concat', inputs: ['c', 'a', 'b'], output: 'y', attributes: { axis: 1 } },
      ],
      initializers: [int64s('lengths', [1, 2, 1])],
      opset: 13,
    },
    image,
  ],
  [
    'Where with a constant condition',
    {
      nodes: [{ op: 'Where', inputs: ['mask', 'x', 'other'], output: 'y' }],
      initializers: [
        { name: 'mask', dims: [6, 5], type: 9, raw: Uint8Array.from(wave(30), (value) => (value > 0 ? 1 : 0)) },
        floats('other', [1], [-3]),
      ],
    },
    image,
  ],
  [
    'the shape of an expansion computed as PyTorch does: Shape, ConstantOfShape, Mul, Equal, Where',
    {
      nodes: [
        { op: 'Shape', inputs: ['wanted'], output: 'rank' },
        { op: 'ConstantOfShape', inputs: ['rank'], output: 'ones', attributes: { value: int64s('one', [1]) } },
        { op: 'Mul', inputs: ['ones', 'minus'], output: 'negative' },
        { op: 'Equal', inputs: ['wanted', 'negative'], output: 'same' },
        { op: 'Where', inputs: ['same', 'ones', 'wanted'], output: 'shape' },
        { op: 'Expand', inputs: ['x', 'shape'], output: 'y' },
      ],
      initializers: [int64s('wanted', [-1, 4, 3, -1]), { ...int64s('minus', [-1]), dims: [] }],
    },
    [1, 4, 1, 11],
  ],
];

/** The products of Keras' MultiHeadAttention, and what else the letters can say. */
const equations: readonly Case[] = [
  ['abc,cde->abde', [1, 5, 4], [4, 2, 3]],
  ['aecd,abcd->acbe', [1, 5, 2, 3], [1, 4, 2, 3]],
  ['acbe,aecd->abcd', [1, 2, 4, 5], [1, 5, 2, 3]],
  ['abcd,cde->abe', [1, 5, 2, 3], [2, 3, 4]],
  ['ab,b', [1, 5], [5]],
  ['ij,k->ki', [1, 5], [3]],
].map(([equation, x, w]): Case => [
  `Einsum ${equation}`,
  single('Einsum', { equation: text(equation as string) }, [weights('w', w as number[])]),
  x as number[],
]);

const products: readonly Case[] = [
  ...equations,
  ['Einsum that transposes', single('Einsum', { equation: text('abcd->adb') }), image],
  ['MatMul of a matrix and a vector', single('MatMul', {}, [weights('v', [5])]), image],
  ['MatMul of many matrices by one', single('MatMul', {}, [weights('m', [5, 3])]), image],
  [
    'MatMul of an input with itself',
    {
      nodes: [
        { op: 'Transpose', inputs: ['x'], output: 't', attributes: { perm: [0, 1, 3, 2] } },
        { op: 'MatMul', inputs: ['x', 't'], output: 'y' },
      ],
    },
    image,
  ],
  [
    'Gemm with transA, alpha, beta and C per row',
    single('Gemm', { transA: 1, alpha: float(0.5), beta: float(2) }, [weights('b', [1, 5]), weights('c', [6, 1])]),
    [1, 6],
  ],
  [
    'Pow, Max, Min, Mean, Sum with constants',
    {
      nodes: [
        { op: 'Max', inputs: ['x', 'a'], output: 'p' },
        { op: 'Min', inputs: ['p', 'b', 'x'], output: 'q' },
        { op: 'Mean', inputs: ['p', 'q', 'x'], output: 'r' },
        { op: 'Sum', inputs: ['r', 'a', 'x'], output: 's' },
        { op: 'Pow', inputs: ['s', 'two'], output: 'y' },
      ],
      initializers: [weights('a', [5]), weights('b', [6, 1]), floats('two', [], [2])],
    },
    image,
  ],
  ...[
    'Abs',
    'Neg',
    'Erf',
    'Exp',
    'Sin',
    'Cos',
    'Floor',
    'Ceil',
    'Round',
    'Sign',
    'Reciprocal',
    'HardSwish',
    'Mish',
    'HardSigmoid',
    'Celu',
    'ThresholdedRelu',
  ].map((op): Case => [op, single(op, op === 'ThresholdedRelu' || op === 'Celu' ? { alpha: float(0.4) } : {}), image]),
  ['Gelu', single('Gelu', {}, [], 20), image],
  ['Gelu by tanh', single('Gelu', { approximate: text('tanh') }, [], 20), image],
  ['PRelu per channel', single('PRelu', {}, [weights('slope', [4, 1, 1])]), image],
];

describe.each(Object.entries({ reductions, movements, products }))(
  '%s mean what they mean to onnxruntime-web, to 1e-5',
  (_, cases) => {
    test.each(cases)('%s', async (_title, parts, shape) => {
      expect(await distanceFromOrt(parts, shape)).toBeLessThan(1e-5);
    });
  },
);
