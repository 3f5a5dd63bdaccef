/** Formulas of https://onnx.ai/onnx/operators/onnx__Resize.html: from which place of an axis an output is read, and how. */

export const coordinateModes = [
  'half_pixel',
  'asymmetric',
  'align_corners',
  'pytorch_half_pixel',
  'half_pixel_symmetric',
  'tf_crop_and_resize',
  'tf_half_pixel_for_nn',
] as const;

export interface AxisResize {
  /** Extents before and after; `scale` is what the model says, of which `to` can be the rounded product. */
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly coordinates: (typeof coordinateModes)[number];
  /** Region of interest of tf_crop_and_resize, from 0 to 1. */
  readonly start: number;
  readonly end: number;
}

/** The place in the input, between its indices, that output i is read from. */
export function placeOf({ from, to, scale, coordinates, start, end }: AxisResize, i: number): number {
  const exact = from * scale;
  switch (coordinates) {
    case 'asymmetric':
      return i / scale;
    case 'align_corners':
      return exact === 1 ? 0 : (i * (from - 1)) / (exact - 1);
    case 'tf_crop_and_resize': {
      const step = exact === 1 ? ((end - start) * (from - 1)) / 2 : (i * (end - start) * (from - 1)) / (exact - 1);
      // In f32, as TensorFlow has it: whether the last place is still inside hangs on the last bit.
      return Math.fround(start * (from - 1) + step);
    }
    case 'pytorch_half_pixel':
      return exact === 1 ? -0.5 : (i + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric':
      return (from / 2) * (1 - to / exact) + (i + 0.5) / scale - 0.5;
    case 'tf_half_pixel_for_nn':
      return (i + 0.5) / scale;
    case 'half_pixel':
      return (i + 0.5) / scale - 0.5;
  }
}

export const roundings = {
  round_prefer_floor: (place: number) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place: number) => Math.floor(place + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

interface Kernel {
  readonly mode: 'linear' | 'cubic';
  /** Coefficient a of the cubic kernel. */
  readonly coefficient: number;
  /** Below 1 the kernel is as much wider: antialiasing. */
  readonly stretch: number;
}

/** The inputs around a place, perhaps beyond the ends, each with its weight; the weights sum to 1. */
export function weightsAt(place: number, kernel: Kernel): readonly { readonly index: number; readonly weight: number }[] {
  const radius = (kernel.mode === 'linear' ? 1 : 2) / kernel.stretch;
  const first = Math.floor(place - radius) + 1;
  const count = Math.ceil(place + radius) - first;
  const weights = Array.from({ length: Math.max(1, count) }, (_, i) => kernelAt((first + i - place) * kernel.stretch, kernel));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight, i) => ({ index: first + i, weight: weight / sum }));
}

/** The triangle, or Keys' cubic convolution (https://doi.org/10.1109/TASSP.1981.1163711). */
function kernelAt(distance: number, { mode, coefficient: a }: Kernel): number {
  const x = Math.abs(distance);
  if (mode === 'linear') return Math.max(0, 1 - x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
