import type { KernelOf } from '../artifact/kernel.ts';
import { phasesOf, weightsOf } from '../artifact/layout/conv-transpose.ts';
import { throughTiles, valueByValue, type Taps } from './convolution.ts';
import { defineShader } from './define.ts';

/** A transposed convolution of stride s is s * s ordinary ones that write every s-th pixel each. */
export const convTranspose = defineShader<'convTranspose'>({
  lower: (kernel, operands) => {
    const { strides, dilations, pads, groups } = kernel;
    if (groups > 1) {
      const up = (axis: 0 | 1, result: string, place: string, tap: string): string => `
      let ${result}_up = ${place} + ${pads[axis]} - ${tap} * ${dilations[axis]};
      if (${result}_up < 0 || ${result}_up % ${strides[axis]} != 0) { continue; }
      let ${result} = ${result}_up / ${strides[axis]};`;
      return valueByValue(up(0, 'iy', 'oy', 'ky') + up(1, 'ix', 'ox', 'kx'), kernel, operands);
    }
    return throughTiles(tapsOf(kernel), kernel, operands);
  },
  inputRow: ({ channels }) => channels[0],
  outputRow: ({ channels }) => channels[1],
});

function tapsOf(kernel: KernelOf<'convTranspose'>): Taps[] {
  return phasesOf(kernel, 0).flatMap((y) =>
    phasesOf(kernel, 1).map((x): Taps => {
      const indexOf = weightsOf(kernel, y, x, 0);
      return {
        output: [y.count, x.count],
        outOffset: [y.first, x.first],
        outStrides: kernel.strides,
        strides: [1, 1],
        pads: [-y.firstInput, -x.firstInput],
        dilations: [1, 1],
        kernel: [y.taps, x.taps],
        weight: (w, o, ky, kx, i) => w[indexOf(o, ky, kx, i)] ?? 0,
      };
    }),
  );
}
