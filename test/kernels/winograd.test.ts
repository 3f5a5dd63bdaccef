import { beforeAll, describe, expect, test } from 'vitest';
import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { conv } from '../../compiler/kernels/conv.ts';
import { winogradOf } from '../../runtime-js/artifact/layout/winograd.ts';
import type { Activation } from '../../compiler/kernels/define.ts';
import { maxFloat } from '../../compiler/quantize/parameters.ts';
import type { Problem } from './problem.ts';
import { integers } from './random.ts';
import { loadKernels, runOn, type KernelModule } from './target.ts';

const isWinograd = (kernel: KernelOf<'conv'>, target: 'simd' | 'scalar'): boolean => winogradOf(kernel, target) !== null;

const layer: KernelOf<'conv'> = {
  kind: 'conv',
  narrow: true,
  input: [8, 8],
  output: [8, 8],
  kernel: [3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [1, 1],
  channels: [88, 8],
  groups: 1,
  short: false,
  result: 'i32',
  low: 0,
  high: 0,
};

test('convolutions of 3 x 3 taps and stride 1 or 2 go through Winograd, if their sums are narrow', () => {
  expect(isWinograd(layer, 'simd')).toBe(true);
  expect(isWinograd({ ...layer, channels: [16, 16] }, 'simd')).toBe(true);
  expect(isWinograd(layer, 'scalar')).toBe(false);
  expect(isWinograd({ ...layer, narrow: false }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, input: [16, 16], strides: [2, 2] }, 'simd')).toBe(true);
  expect(isWinograd({ ...layer, strides: [3, 3], output: [3, 3] }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, strides: [1, 2], output: [8, 4] }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, dilations: [1, 2] }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, kernel: [1, 3] }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, channels: [16, 16], groups: 2 }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, channels: [1, 16] }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, channels: [64, 4] }, 'simd')).toBe(false);
});

test('an image much smaller than its tiles, and weights of more than 2 MiB, do not', () => {
  expect(isWinograd({ ...layer, input: [2, 2], output: [2, 2] }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, channels: [256, 256] }, 'simd')).toBe(false);
});

describe('in the kernel', () => {
  let kernels: KernelModule;
  beforeAll(async () => {
    kernels = await loadKernels('simd');
  });

  test.each([
    { stride: 1, rows: 16, columns: 16, inputs: 16, outputs: 16, result: 'i16' },
    { stride: 1, rows: 13, columns: 18, inputs: 9, outputs: 13, result: 'i16' },
    { stride: 1, rows: 15, columns: 12, inputs: 24, outputs: 8, result: 'f32' },
    { stride: 1, rows: 12, columns: 7, inputs: 17, outputs: 20, result: 'i32' },
    { stride: 2, rows: 16, columns: 16, inputs: 16, outputs: 16, result: 'i16' },
    { stride: 2, rows: 16, columns: 15, inputs: 31, outputs: 28, result: 'i16' },
    { stride: 2, rows: 15, columns: 20, inputs: 24, outputs: 13, result: 'f32' },
    { stride: 2, rows: 15, columns: 16, inputs: 25, outputs: 20, result: 'i32' },
  ] as const)(
    'stride $stride, $inputs channels to $outputs $result[$rows x $columns]',
    ({ stride, rows, columns, inputs, outputs, result }) => {
      const draw = integers(rows);
      const input = [stride * rows - 1, stride * columns - 1] as const;
      const shape = { input, output: [rows, columns], strides: [stride, stride], channels: [inputs, outputs] } as const;
      const bounds = result === 'f32' ? { low: -maxFloat, high: maxFloat } : { low: -100, high: 155 };
      const kernel = { ...layer, ...shape, result, ...bounds };
      expect(isWinograd(kernel, 'simd')).toBe(true);
      const problem = {
        kernel,
        inputs: [Int16Array.from(draw(input[0] * input[1] * inputs, -327, 327))],
        constants: [
          { values: Int8Array.from(draw(outputs * 9 * inputs, -128, 127)), shape: [outputs, 3, 3, inputs] },
          { values: Int32Array.from(draw(outputs, -(2 ** 20), 2 ** 20)), shape: [outputs] },
          { values: Float32Array.from(draw(outputs, 1, 999), (value) => value * 4e-7), shape: [outputs] },
        ],
        size: rows * columns * outputs,
      };
      expect(runOn(kernels, problem)).toEqual(referenceOf(problem));
    },
  );

  // 9 * 88 * 327 * 127 = 32,890,968, a little below 2^25 = 33,554,432: the transformed inputs and weights are as large as they
  // get, the sums of the places wrap around, and the bias is what is left.
  const rest = 2 ** 25 - 1 - 9 * 88 * 327 * 127;

  test.each(
    [1, 2].flatMap((stride) => [
      { title: 'all inputs 327, all weights 127', stride, x: () => 327, w: () => 127, bias: rest },
      { title: 'all inputs 327, all weights -127', stride, x: () => 327, w: () => -127, bias: -rest },
      {
        title: 'signs of a checkerboard',
        stride,
        x: (at: number) => 327 * sign(at),
        w: (at: number) => 127 * sign(tapOf(at)),
        bias: rest,
      },
      {
        title: 'signs that stride 1 adds up',
        stride,
        x: (at: number) => 327 * pattern(at),
        w: (at: number) => 127 * sign(at),
        bias: -rest,
      },
    ]),
  )('stride $stride, sums as great as a narrow layer has: $title', ({ stride, x, w, bias }) => {
    const [inputs, outputs] = layer.channels;
    const kernel = { ...layer, input: [8 * stride, 8 * stride], strides: [stride, stride] } as const;
    const problem = {
      kernel,
      inputs: [Int16Array.from({ length: 64 * stride ** 2 * inputs }, (_value, at) => x(at))],
      constants: [
        { values: Int8Array.from({ length: outputs * 9 * inputs }, (_value, at) => w(at)), shape: [outputs, 3, 3, inputs] },
        { values: Int32Array.from({ length: outputs }, (_value, o) => bias - o * Math.sign(bias)), shape: [outputs] },
      ],
      size: 64 * outputs,
    };
    expect(runOn(kernels, problem)).toEqual(referenceOf(problem));
  });
});

const referenceOf = ({ kernel, inputs, constants, size }: Problem<'conv'>): Activation =>
  conv.reference(
    kernel,
    inputs,
    constants.map(({ values }) => values),
    size,
    {},
  );

const tapOf = (at: number): number => Math.floor(at / 88);

const sign = (at: number): number => (at % 2 === 0 ? 1 : -1);

/** Signs of the row 4 0 -5 0 1 0 of B^T along both axes, from the padding on: its square has the greatest sum of all. */
const pattern = (at: number): number => alongAxis(Math.floor(at / 88 / 8)) * alongAxis(Math.floor(at / 88) % 8);
const alongAxis = (index: number): number => ((index + 1) % 4 === 2 ? -1 : 1);
