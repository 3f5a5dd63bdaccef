import type { KernelOf } from '../artifact/kernel.ts';
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
    return throughTiles(phasesOf(kernel), kernel, operands);
  },
  inputRow: ({ channels }) => channels[0],
  outputRow: ({ channels }) => channels[1],
});

/** Outputs y with (y + pad) mod stride = residue, along one axis: first + stride * j, which meets the inputs from firstInput + j on. */
interface Phase {
  readonly residue: number;
  readonly first: number;
  readonly count: number;
  readonly taps: number;
  readonly firstInput: number;
}

function along({ output, kernel, strides, dilations, pads }: KernelOf<'convTranspose'>, axis: 0 | 1): Phase[] {
  const stride = strides[axis];
  const reach = (kernel[axis] - 1) * dilations[axis] + 1;
  return Array.from({ length: stride }, (_, residue) => {
    const first = (((residue - pads[axis]) % stride) + stride) % stride;
    const taps = Math.max(0, Math.ceil((reach - residue) / stride));
    const count = Math.max(0, Math.ceil((output[axis] - first) / stride));
    return { residue, first, count, taps, firstInput: (first + pads[axis] - residue) / stride - (taps - 1) };
  }).filter(({ count }) => count > 0);
}

function phasesOf(kernel: KernelOf<'convTranspose'>): Taps[] {
  const { kernel: taps, strides, dilations, channels } = kernel;
  return along(kernel, 0).flatMap((y) =>
    along(kernel, 1).map((x): Taps => ({
      output: [y.count, x.count],
      outOffset: [y.first, x.first],
      outStrides: strides,
      strides: [1, 1],
      pads: [-y.firstInput, -x.firstInput],
      dilations: [1, 1],
      kernel: [y.taps, x.taps],
      // The kernel is read backwards, every stride-th tap of it; between dilated taps there is nothing.
      weight: (w, o, ky, kx, i) => {
        const dy = y.residue + strides[0] * (y.taps - 1 - ky);
        const dx = x.residue + strides[1] * (x.taps - 1 - kx);
        if (dy % dilations[0] !== 0 || dx % dilations[1] !== 0) return 0;
        const tap = (dy / dilations[0]) * taps[1] + dx / dilations[1];
        return w[(o * taps[0] * taps[1] + tap) * channels[0] + i]!;
      },
    })),
  );
}
