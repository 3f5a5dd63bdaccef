import type { Move, Quadruple } from '../../runtime-js/artifact/kernel.ts';
import type { Shape } from '../ir/tensor.ts';

/** One axis of a box: how many values, and how far apart they lie on both sides. */
interface Axis {
  readonly extent: number;
  readonly from: number;
  readonly to: number;
}

/** Row-major strides of a shape. */
export const stridesOf = (shape: Shape): number[] => {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(stride);
    stride *= extent;
  }
  return strides;
};

/**
 * A box of any number of axes as a move of four: axes of extent 1 go, neighbours that step alike on both sides are one.
 * null where more than four are left.
 */
export function moveOf(axes: readonly Axis[], from = 0, to = 0, input = 0): Move | null {
  const joined: Axis[] = [];
  for (const axis of axes) {
    if (axis.extent === 1) continue;
    const outer = joined.at(-1);
    const continues = outer !== undefined && outer.from === axis.from * axis.extent && outer.to === axis.to * axis.extent;
    if (continues) joined[joined.length - 1] = { ...axis, extent: outer.extent * axis.extent };
    else joined.push(axis);
  }
  if (joined.length > 4) return null;
  const filled = [...Array.from({ length: 4 - joined.length }, () => ({ extent: 1, from: 0, to: 0 })), ...joined];
  // A run is copied at once if the last axis steps by single values; a lone value is such a run.
  const last = filled[3]!;
  if (last.extent === 1) filled[3] = { extent: 1, from: 1, to: 1 };
  const quadruple = (key: keyof Axis): Quadruple => [filled[0]![key], filled[1]![key], filled[2]![key], filled[3]![key]];
  return { input, extents: quadruple('extent'), from, fromStrides: quadruple('from'), to, toStrides: quadruple('to') };
}

/** Axes of a box of `shape` with strides on both sides. */
export const axesOf = (shape: Shape, from: readonly number[], to: readonly number[]): Axis[] =>
  shape.map((extent, axis) => ({ extent, from: from[axis]!, to: to[axis]! }));

/** Strides of `from` as it is broadcast to `to`: 0 along the axes that repeat. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  return to.map((_, axis) => {
    const own = axis - to.length + from.length;
    return own < 0 || from[own] === 1 ? 0 : strides[own]!;
  });
}

/**
 * Indices along an axis as one move: a progression, one whose values repeat, or one that repeats as a whole; null for any
 * other order. x: [outer x extent x run].
 */
export function moveOfIndices(indices: readonly number[], outer: number, extent: number, run: number): Move | null {
  const count = indices.length;
  const first = indices[0]!;
  const repeats = indices.findIndex((index) => index !== first);
  const period = indices.indexOf(first, 1);
  for (const [inner, kind] of [
    [1, 'progression'],
    [repeats, 'repeated'],
    [period, 'tiled'],
  ] as const) {
    if (inner < 1 || count % inner !== 0) continue;
    const step = (indices[kind === 'repeated' ? inner : 1] ?? first) - first;
    const expected = (i: number): number =>
      first + step * (kind === 'progression' ? i : kind === 'repeated' ? Math.floor(i / inner) : i % inner);
    if (!indices.every((index, i) => index === expected(i))) continue;
    const blocks: readonly Axis[] = {
      progression: [{ extent: count, from: step * run, to: run }],
      repeated: [
        { extent: count / inner, from: step * run, to: inner * run },
        { extent: inner, from: 0, to: run },
      ],
      tiled: [
        { extent: count / inner, from: 0, to: inner * run },
        { extent: inner, from: step * run, to: run },
      ],
    }[kind];
    const axes = [{ extent: outer, from: extent * run, to: count * run }, ...blocks, { extent: run, from: 1, to: 1 }];
    return moveOf(axes, first * run);
  }
  return null;
}
