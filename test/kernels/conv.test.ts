import { expect, test } from 'vitest';
import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { conv } from '../../compiler/kernels/conv.ts';
import { loadKernels, runOn } from './target.ts';

const layer: KernelOf<'conv'> = {
  kind: 'conv',
  narrow: false,
  input: [1, 5],
  output: [1, 5],
  kernel: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0],
  channels: [258, 8],
  groups: 1,
  short: true,
  result: 'i32',
  low: 0,
  high: 0,
};

// 258 * 255 * 127 + 33,277 = 2^23 - 1. Outputs i and i + 4 share a sum.
const [limit, bias] = [2 ** 23 - 1, 33_277];

test.each([
  ['both as great as can be', 1, 1],
  ['both as small as can be', -1, -1],
  ['one great, one small', 1, -1],
  ['one small, one great', -1, 1],
])('two sums of a short layer that share an int32 are exact: %s', async (_title, first, second) => {
  const [inputs, outputs] = layer.channels;
  const signOf = (o: number): number => (o % 8 < 4 ? first : second);
  const problem = {
    kernel: layer,
    inputs: [new Int16Array(5 * inputs).fill(255)],
    constants: [
      {
        values: Int8Array.from({ length: outputs * inputs }, (_value, at) => 127 * signOf(Math.floor(at / inputs))),
        shape: [outputs, 1, 1, inputs],
      },
      { values: Int32Array.from({ length: outputs }, (_value, o) => bias * signOf(o)), shape: [outputs] },
    ],
    size: 5 * outputs,
  };
  const expected = Int32Array.from({ length: problem.size }, (_value, at) => limit * signOf(at % outputs));
  const constants = problem.constants.map(({ values }) => values);
  expect(conv.reference(layer, problem.inputs, constants, problem.size, {})).toEqual(expected);
  expect(runOn(await loadKernels('simd'), problem)).toEqual(expected);
});
