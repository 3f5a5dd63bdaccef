import { describe, test } from 'vitest';
import { expectReadOrRefused, expectSameAsLiteRt, floats, partsOf, whole, type Case } from './tflite-compare.ts';
import type { Field } from './tflite-build.ts';

const code = {
  concatenation: 2,
  reshape: 22,
  pad: 34,
  gather: 36,
  transpose: 39,
  squeeze: 43,
  stridedSlice: 45,
  split: 49,
  padV2: 60,
  slice: 65,
  tile: 69,
  expandDims: 70,
  pack: 83,
  unpack: 88,
  mirrorPad: 100,
  splitV: 102,
  reverse: 105,
  broadcastTo: 130,
};

const scalar = (value: number) => ({ shape: [], type: 2, data: Int32Array.of(value) });
const paddings = (...values: readonly number[]) => ({ shape: [values.length / 2, 2], type: 2, data: Int32Array.from(values) });
const x = [1, 3, 4, 5];

/** begin, end, ellipsis, new axis and shrink masks. */
const masks = (...values: readonly number[]): NonNullable<Case['options']> => [
  'stridedSlice',
  ...values.map((value, slot): Field => ['int32', slot, value]),
];

const cases: Readonly<Record<string, Case>> = {
  'CONCATENATION of three along axis 2': {
    code: code.concatenation,
    x,
    y: [1, 3, 11, 5],
    operands: [floats(1, 3, 3, 5), 'x'],
    options: ['concatenation', ['int32', 0, 2]],
  },
  'CONCATENATION along axis -1, constant first': {
    code: code.concatenation,
    x,
    y: [1, 3, 4, 7],
    at: 1,
    operands: [floats(1, 3, 4, 2)],
    options: ['concatenation', ['int32', 0, -1]],
  },
  'RESHAPE to [1 x -1 x 10]': { code: code.reshape, x, y: [1, 6, 10], operands: [whole(1, -1, 10)], options: ['reshape'] },
  'RESHAPE by its options': { code: code.reshape, x, y: [1, 60], options: ['reshape', ['ints', 0, [1, 60]]] },
  'SQUEEZE of axis 1': { code: code.squeeze, x: [1, 1, 4, 1], y: [1, 4, 1], options: ['squeeze', ['ints', 0, [1]]] },
  'SQUEEZE of axis -1': { code: code.squeeze, x: [1, 1, 4, 1], y: [1, 1, 4], options: ['squeeze', ['ints', 0, [-1]]] },
  'EXPAND_DIMS at axis 2': { code: code.expandDims, x, y: [1, 3, 1, 4, 5], operands: [scalar(2)] },
  'EXPAND_DIMS at axis -1': { code: code.expandDims, x, y: [1, 3, 4, 5, 1], operands: [scalar(-1)] },
  'TRANSPOSE 0 3 1 2': { code: code.transpose, x, y: [1, 5, 3, 4], operands: [whole(0, 3, 1, 2)] },
  'PAD of two axes': { code: code.pad, x, y: [1, 6, 4, 6], operands: [paddings(0, 0, 1, 2, 0, 0, 0, 1)] },
  'PADV2 with 1.5': {
    code: code.padV2,
    x,
    y: [1, 5, 5, 5],
    operands: [paddings(0, 0, 2, 0, 0, 1, 0, 0), { shape: [], data: Float32Array.of(1.5) }],
  },
  'MIRROR_PAD REFLECT': {
    code: code.mirrorPad,
    x,
    y: [1, 7, 6, 5],
    operands: [paddings(0, 0, 2, 2, 0, 2, 0, 0)],
    options: ['mirrorPad', ['int8', 0, 0]],
  },
  'MIRROR_PAD SYMMETRIC': {
    code: code.mirrorPad,
    x,
    y: [1, 9, 5, 5],
    operands: [paddings(0, 0, 3, 3, 1, 0, 0, 0)],
    options: ['mirrorPad', ['int8', 0, 1]],
  },
  'SLICE, to the end of an axis': { code: code.slice, x, y: [1, 2, 3, 2], operands: [whole(0, 0, 1, 3), whole(1, 2, -1, 2)] },
  'STRIDED_SLICE with begin and end masks': {
    code: code.stridedSlice,
    x,
    y: [1, 2, 2, 5],
    operands: [whole(0, 1, 0, 0), whole(1, 9, 4, 5), whole(1, 1, 2, 1)],
    options: masks(0b1001, 0b1001, 0, 0, 0),
  },
  'STRIDED_SLICE backwards': {
    code: code.stridedSlice,
    x,
    y: [1, 3, 2, 5],
    operands: [whole(0, -1, -1, 0), whole(1, -4, 0, 5), whole(1, -1, -2, 1)],
    options: masks(0, 0, 0, 0, 0),
  },
  'STRIDED_SLICE that drops an axis': {
    code: code.stridedSlice,
    x,
    y: [1, 4, 5],
    operands: [whole(0, -1), whole(1, 0), whole(1, 1)],
    options: masks(0, 0, 0, 0, 0b10),
  },
  'STRIDED_SLICE with an ellipsis and a new axis': {
    code: code.stridedSlice,
    x,
    y: [1, 1, 3, 4, 2],
    operands: [whole(0, 0, 0, 1), whole(1, 0, 0, 3), whole(1, 1, 1, 1)],
    options: masks(0, 0, 0b100, 0b10, 0),
  },
  'SPLIT, the last of two': {
    code: code.split,
    x,
    y: [1, 3, 2, 5],
    at: 1,
    operands: [scalar(2)],
    others: { before: [[1, 3, 2, 5]], behind: [] },
    options: ['split', ['int32', 0, 2]],
  },
  'SPLIT_V into 1, the rest and 1, the middle': {
    code: code.splitV,
    x,
    y: [1, 3, 4, 3],
    operands: [whole(1, -1, 1), scalar(-1)],
    others: { before: [[1, 3, 4, 1]], behind: [[1, 3, 4, 1]] },
    options: ['splitV', ['int32', 0, 3]],
  },
  'UNPACK of axis 1, the second of three': {
    code: code.unpack,
    x,
    y: [1, 4, 5],
    others: { before: [[1, 4, 5]], behind: [[1, 4, 5]] },
    options: ['unpack', ['int32', 0, 3], ['int32', 1, 1]],
  },
  'PACK of two along axis 1': {
    code: code.pack,
    x,
    y: [1, 2, 3, 4, 5],
    operands: [floats(1, 3, 4, 5)],
    options: ['pack', ['int32', 0, 2], ['int32', 1, 1]],
  },
  'GATHER [2 x 2] along axis 2': {
    code: code.gather,
    x,
    y: [1, 3, 2, 2, 5],
    operands: [{ shape: [2, 2], type: 2, data: Int32Array.of(3, 0, 1, 1) }],
    options: ['gather', ['int32', 0, 2]],
  },
  'TILE 2 x 3 of two axes': { code: code.tile, x, y: [1, 6, 4, 15], operands: [whole(1, 2, 1, 3)] },
  'REVERSE_V2 of axis 1': { code: code.reverse, x, y: x, operands: [whole(1)] },
  'BROADCAST_TO [2 x 3 x 4 x 5]': {
    code: code.broadcastTo,
    version: 2,
    x: [1, 3, 1, 5],
    y: [2, 3, 4, 5],
    operands: [whole(2, 3, 4, 5)],
  },
};

describe('each operator that moves values means what it means to LiteRT', () => {
  test.each(Object.entries(cases))('%s', (_, parts) => expectSameAsLiteRt(partsOf(parts)));
});

test.each(Object.entries(cases))('%s, damaged, reads or is refused with a clear error', (_, parts) =>
  expectReadOrRefused(partsOf(parts)),
);
