import type { ValueId } from '../ir/graph.ts';
import { gather, shapeOf } from './compose.ts';
import type { Composer } from './composer.ts';

export interface Resizing {
  readonly interpolation: 'nearest' | 'bilinear';
  /** The first and the last pixels of both images lie on each other. */
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Resizes one axis of an image to `to` pixels (reference_ops::ResizeBilinear and ResizeNearestNeighbor of TensorFlow Lite). */
export function resizeAxis(node: Composer, x: ValueId, axis: number, to: number, resizing: Resizing): ValueId {
  const from = shapeOf(node, x)[axis]!;
  const { alignCorners, halfPixelCenters } = resizing;
  // In f32 as the kernels compute it: places on a pixel stay on it.
  const scale = Math.fround(alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to);
  const last = from - 1;
  if (resizing.interpolation === 'nearest') {
    // Rounded down, or with aligned corners to the nearest, halves up.
    const round = alignCorners ? Math.round : Math.floor;
    const indices = Array.from({ length: to }, (_, i) => {
      const place = Math.fround((i + (halfPixelCenters ? 0.5 : 0)) * scale);
      return Math.max(0, Math.min(last, round(place)));
    });
    return gather(node, x, axis, indices);
  }
  // The two pixels around a place, by their distances; beyond the ends the last one alone.
  const [indices, weights]: [number[], number[]] = [[], []];
  for (let i = 0; i < to; i++) {
    const place = halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale;
    const within = Math.max(0, Math.min(last, place));
    const below = Math.floor(within);
    indices.push(below, Math.min(last, below + 1));
    weights.push(1 - (within - below), within - below);
  }
  return node.emit({ kind: 'resample', axis, taps: 2, indices, weights }, [x]);
}
