import { describe, test } from 'vitest';
import { expectReadOrRefused, expectSameAsLiteRt, floats, partsOf, whole, type Case } from './tflite-compare.ts';
import type { Field } from './tflite-build.ts';

type Options = NonNullable<Case['options']>;

const [same, valid] = [0, 1];
const [none, relu, relu6] = [0, 1, 3];

/** Conv2DOptions; depthwise has a depth multiplier in between. */
const conv = (padding: number, [h, w]: readonly [number, number], fused = none, [dh, dw] = [1, 1]): Options => [
  'conv',
  ['int8', 0, padding],
  ['int32', 1, w],
  ['int32', 2, h],
  ['int8', 3, fused],
  ['int32', 4, dw!],
  ['int32', 5, dh!],
];
const depthwise = (padding: number, stride: number, multiplier: number, fused = none, dilation = 1): Options => [
  'depthwise',
  ['int8', 0, padding],
  ['int32', 1, stride],
  ['int32', 2, stride],
  ['int32', 3, multiplier],
  ['int8', 4, fused],
  ['int32', 5, dilation],
  ['int32', 6, dilation],
];
const pool = (
  padding: number,
  [sh, sw]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  fused = none,
): Options => [
  'pool',
  ['int8', 0, padding],
  ['int32', 1, sw],
  ['int32', 2, sh],
  ['int32', 3, kw],
  ['int32', 4, kh],
  ['int8', 5, fused],
];
const transposed = (padding: number, [h, w]: readonly [number, number]): Options => [
  'transposeConv',
  ['int8', 0, padding],
  ['int32', 1, w],
  ['int32', 2, h],
];
const flags = (first: number, ...values: readonly number[]): Field[] => values.map((value, i) => ['int8', first + i, value]);

const image = [1, 6, 7, 4];
const code = {
  averagePool: 1,
  conv: 3,
  depthwise: 4,
  depthToSpace: 5,
  maxPool: 17,
  bilinear: 23,
  spaceToDepth: 26,
  transposeConv: 67,
  nearest: 97,
};

const cases: Readonly<Record<string, Case>> = {
  'CONV_2D [5 x 3 x 3 x 4] SAME, stride 1': {
    code: code.conv,
    x: image,
    y: [1, 6, 7, 5],
    operands: [floats(5, 3, 3, 4), floats(5)],
    options: conv(same, [1, 1]),
  },
  'CONV_2D [5 x 3 x 2 x 4] SAME, stride 2 x 3, RELU6': {
    code: code.conv,
    x: image,
    y: [1, 3, 3, 5],
    operands: [floats(5, 3, 2, 4), floats(5)],
    options: conv(same, [2, 3], relu6),
  },
  'CONV_2D [5 x 2 x 3 x 4] VALID, stride 3 x 2, RELU': {
    code: code.conv,
    x: image,
    y: [1, 2, 3, 5],
    operands: [floats(5, 2, 3, 4), floats(5)],
    options: conv(valid, [3, 2], relu),
  },
  'CONV_2D [5 x 3 x 3 x 4] SAME, dilation 2 x 1': {
    code: code.conv,
    x: image,
    y: [1, 6, 7, 5],
    operands: [floats(5, 3, 3, 4), floats(5)],
    options: conv(same, [1, 1], none, [2, 1]),
  },
  'CONV_2D [5 x 2 x 3 x 4] VALID, dilation 3': {
    code: code.conv,
    x: image,
    y: [1, 3, 1, 5],
    operands: [floats(5, 2, 3, 4), floats(5)],
    options: conv(valid, [1, 1], none, [3, 3]),
  },
  'CONV_2D [6 x 3 x 3 x 2], two groups': {
    code: code.conv,
    x: image,
    y: [1, 6, 7, 6],
    operands: [floats(6, 3, 3, 2), floats(6)],
    options: conv(same, [1, 1]),
  },
  'DEPTHWISE_CONV_2D [1 x 3 x 3 x 4], stride 2': {
    code: code.depthwise,
    x: image,
    y: [1, 3, 4, 4],
    operands: [floats(1, 3, 3, 4), floats(4)],
    options: depthwise(same, 2, 1),
  },
  'DEPTHWISE_CONV_2D [1 x 2 x 3 x 12], multiplier 3, RELU': {
    code: code.depthwise,
    x: image,
    y: [1, 5, 5, 12],
    operands: [floats(1, 2, 3, 12), floats(12)],
    options: depthwise(valid, 1, 3, relu),
  },
  'DEPTHWISE_CONV_2D [1 x 3 x 3 x 4], dilation 2': {
    code: code.depthwise,
    x: image,
    y: [1, 6, 7, 4],
    operands: [floats(1, 3, 3, 4), floats(4)],
    options: depthwise(same, 1, 1, none, 2),
  },
  'TRANSPOSE_CONV [3 x 3 x 3 x 4] SAME, stride 2': {
    code: code.transposeConv,
    x: image,
    y: [1, 12, 14, 3],
    at: 2,
    operands: [whole(1, 12, 14, 3), floats(3, 3, 3, 4)],
    options: transposed(same, [2, 2]),
  },
  'TRANSPOSE_CONV [3 x 3 x 2 x 4] SAME, odd output': {
    code: code.transposeConv,
    x: image,
    y: [1, 11, 14, 3],
    at: 2,
    operands: [whole(1, 11, 14, 3), floats(3, 3, 2, 4), floats(3)],
    options: transposed(same, [2, 2]),
  },
  'TRANSPOSE_CONV [3 x 3 x 4 x 4] VALID, stride 2 x 1': {
    code: code.transposeConv,
    x: image,
    y: [1, 13, 10, 3],
    at: 2,
    operands: [whole(1, 13, 10, 3), floats(3, 3, 4, 4), floats(3)],
    options: transposed(valid, [2, 1]),
  },
  'TRANSPOSE_CONV [3 x 2 x 2 x 4] VALID, stride 3: rows that nothing reaches': {
    code: code.transposeConv,
    x: image,
    y: [1, 18, 21, 3],
    at: 2,
    operands: [whole(1, 18, 21, 3), floats(3, 2, 2, 4), floats(3)],
    options: transposed(valid, [3, 3]),
  },
  'MAX_POOL_2D 3 x 2 SAME, stride 2': { code: code.maxPool, x: image, y: [1, 3, 4, 4], options: pool(same, [2, 2], [3, 2]) },
  'MAX_POOL_2D 2 x 3 VALID, stride 2 x 1, RELU': {
    code: code.maxPool,
    x: image,
    y: [1, 3, 5, 4],
    options: pool(valid, [2, 1], [2, 3], relu),
  },
  'AVERAGE_POOL_2D 3 x 3 SAME: padding is not counted': {
    code: code.averagePool,
    x: image,
    y: [1, 6, 7, 4],
    options: pool(same, [1, 1], [3, 3]),
  },
  'AVERAGE_POOL_2D 6 x 7 VALID': { code: code.averagePool, x: image, y: [1, 1, 1, 4], options: pool(valid, [6, 7], [6, 7]) },
  'DEPTH_TO_SPACE 2': { code: code.depthToSpace, x: image, y: [1, 12, 14, 1], options: ['depthToSpace', ['int32', 0, 2]] },
  'SPACE_TO_DEPTH 2': { code: code.spaceToDepth, x: [1, 6, 8, 3], y: [1, 3, 4, 12], options: ['spaceToDepth', ['int32', 0, 2]] },
};

/** [height, width] from 6 x 7, with what is said about corners and centres. */
const sizes = [
  [12, 14],
  [13, 5],
  [1, 9],
  [3, 21],
] as const;
const places = [
  [0, 0],
  [1, 0],
  [0, 1],
] as const;

describe('each operator on images means what it means to LiteRT, to 1e-5', () => {
  test.each(Object.entries(cases))('%s', (_, parts) => expectSameAsLiteRt(partsOf(parts)));

  test.each(sizes.flatMap((to) => places.map((place) => [...to, ...place] as const)))(
    'RESIZE of 6 x 7 to %i x %i, align_corners %i, half_pixel_centers %i',
    async (height, width, align, half) => {
      const parts = { x: image, y: [1, height, width, 4], operands: [whole(height, width)] };
      await expectSameAsLiteRt(partsOf({ ...parts, code: code.bilinear, options: ['resizeBilinear', ...flags(2, align, half)] }));
      await expectSameAsLiteRt(partsOf({ ...parts, code: code.nearest, options: ['resizeNearest', ...flags(0, align, half)] }));
    },
  );
});

test.each(Object.entries(cases))('%s, damaged, reads or is refused with a clear error', (_, parts) =>
  expectReadOrRefused(partsOf(parts)),
);
