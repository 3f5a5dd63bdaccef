import { throughTiles, valueByValue, type Taps } from './convolution.ts';
import { defineShader } from './define.ts';

export const conv = defineShader<'conv'>({
  lower: (kernel, operands) => {
    const { output, kernel: taps, strides, dilations, pads, channels, groups } = kernel;
    if (groups > 1) {
      const along = (axis: 0 | 1, place: string, tap: string): string =>
        `${place} * ${strides[axis]} - ${pads[axis]} + ${tap} * ${dilations[axis]}`;
      return valueByValue(`let iy = ${along(0, 'oy', 'ky')}; let ix = ${along(1, 'ox', 'kx')};`, kernel, operands);
    }
    const all: Taps = {
      output,
      outOffset: [0, 0],
      outStrides: [1, 1],
      strides,
      pads,
      dilations,
      kernel: taps,
      weight: (w, o, ky, kx, i) => w[((o * taps[0] + ky) * taps[1] + kx) * channels[0] + i]!,
    };
    return throughTiles([all], kernel, operands);
  },
  inputRow: ({ channels }) => channels[0],
  outputRow: ({ channels }) => channels[1],
});
