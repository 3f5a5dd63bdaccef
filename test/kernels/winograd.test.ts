import { expect, test } from 'vitest';
import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { conv } from '../../compiler/kernels/conv.ts';
import { isWinograd } from '../../compiler/kernels/winograd.ts';
import { loadKernels, runOn } from './target.ts';

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

test('convolutions of 3 x 3 taps and stride 1 go through Winograd, if their sums are narrow', () => {
  expect(isWinograd(layer, 'simd')).toBe(true);
  expect(isWinograd({ ...layer, channels: [16, 16] }, 'simd')).toBe(true);
  expect(isWinograd(layer, 'scalar')).toBe(false);
  expect(isWinograd({ ...layer, narrow: false }, 'simd')).toBe(false);
  expect(isWinograd({ ...layer, strides: [2, 2], output: [4, 4] }, 'simd')).toBe(false);
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

// 9 * 88 * 327 * 127 = 32,890,968, a little below 2^25 = 33,554,432: the transformed inputs and weights are as large as they get,
// the sums of the 36 places wrap around, and the bias is what is left.
const rest = 2 ** 25 - 1 - 9 * 88 * 327 * 127;

test.each([
  ['all inputs 327, all weights 127', () => 327, () => 127, rest],
  ['all inputs 327, all weights -127', () => 327, () => -127, -rest],
  ['signs of a checkerboard', (at: number) => (sign(at) < 0 ? -327 : 327), (at: number) => 127 * sign(Math.floor(at / 88)), rest],
  ['signs that the transform adds up', (at: number) => 327 * pattern(at), (at: number) => 127 * sign(at), -rest],
])('sums as great as a narrow layer has are exact: %s', async (_title, x, w, bias) => {
  const [inputs, outputs] = layer.channels;
  const problem = {
    kernel: layer,
    inputs: [Int16Array.from({ length: 64 * inputs }, (_value, at) => x(at))],
    constants: [
      { values: Int8Array.from({ length: outputs * 9 * inputs }, (_value, at) => w(at)), shape: [outputs, 3, 3, inputs] },
      { values: Int32Array.from({ length: outputs }, (_value, o) => bias + o * Math.sign(-bias)), shape: [outputs] },
    ],
    size: 64 * outputs,
  };
  const expected = conv.reference(
    problem.kernel,
    problem.inputs,
    problem.constants.map(({ values }) => values),
    problem.size,
    {},
  );
  expect(runOn(await loadKernels('simd'), problem)).toEqual(expected);
});

const sign = (at: number): number => (at % 2 === 0 ? 1 : -1);

/** Signs of the row 4 0 -5 0 1 0 of B^T along both axes, from the padding on: its square has the greatest sum of all. */
const pattern = (at: number): number => alongAxis(Math.floor(at / 88 / 8)) * alongAxis(Math.floor(at / 88) % 8);
const alongAxis = (index: number): number => ((index + 1) % 4 === 2 ? -1 : 1);
