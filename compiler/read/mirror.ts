import type { ValueId } from '../ir/graph.ts';
import { gather, shapeOf } from './compose.ts';
import type { Composer } from './composer.ts';

/** Pads with the values mirrored at each end: `reflect` leaves out the border itself, `symmetric` repeats it. Null where there are too few. */
export function mirrorPad(
  node: Composer,
  input: ValueId,
  { begin, end }: { readonly begin: readonly number[]; readonly end: readonly number[] },
  mode: 'reflect' | 'symmetric',
): ValueId | null {
  const own = mode === 'reflect' ? 1 : 0;
  const shape = shapeOf(node, input);
  if (shape.some((extent, axis) => !(begin[axis]! <= extent - own && end[axis]! <= extent - own))) return null;
  return begin.reduce<ValueId>((x, before, axis) => {
    const extent = shape[axis]!;
    const indices = Array.from({ length: before + extent + end[axis]! }, (_, i) => {
      const place = i - before;
      if (place < 0) return own - 1 - place;
      return place < extent ? place : 2 * extent - place - 1 - own;
    });
    return gather(node, x, axis, indices);
  }, input);
}
