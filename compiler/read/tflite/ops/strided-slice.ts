import type { ValueId } from '../../../ir/graph.ts';
import { gather, reshape, shapeOf } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import { options } from '../schema.ts';

/** What one entry of the specification does: picks along an axis, adds one, or picks one index and drops the axis. */
interface Entry {
  readonly kind: 'pick' | 'new' | 'shrink';
  readonly indices: readonly number[];
}

/**
 * NumPy's x[begin:end:stride, ..., newaxis, i]. Inputs x, begins, ends, strides, an entry each; bit i of a mask is about
 * entry i (https://www.tensorflow.org/api_docs/python/tf/strided_slice).
 */
export function stridedSlice(node: TfliteNode): ValueId {
  const shape = node.shape(0);
  const entries = entriesOf(node, shape);
  let x = node.input(0);
  let axis = 0;
  for (const { kind, indices } of entries) {
    if (kind === 'new') continue;
    x = gather(node, x, axis++, indices);
  }
  const picked = shapeOf(node, x);
  let at = 0;
  const kept = entries.flatMap(({ kind }) => {
    if (kind === 'new') return [1];
    const extent = picked[at++]!;
    return kind === 'shrink' ? [] : [extent];
  });
  return reshape(node, x, kept);
}

function entriesOf(node: TfliteNode, shape: readonly number[]): readonly Entry[] {
  const slots = options.StridedSlice;
  const [begins, ends, strides] = [node.list(1), node.list(2), node.list(3)];
  const has = (slot: number, entry: number): boolean => ((node.int(slot) >> entry) & 1) === 1;
  const offset = node.flag(slots.offset);
  const isEllipsis = (entry: number): boolean => has(slots.ellipsisMask, entry);
  const picking = begins.filter((_, entry) => !isEllipsis(entry) && !has(slots.newAxisMask, entry)).length;
  const rest = shape.length - picking;
  if (rest < 0 || ends.length !== begins.length || strides.length !== begins.length) {
    throw node.refuse(`a slice of ${begins.length} entries`, shape);
  }
  const whole = (axis: number): Entry => ({
    kind: 'pick',
    indices: Array.from({ length: node.count(shape[axis]!) }, (_, i) => i),
  });
  const entries: Entry[] = [];
  let axis = 0;
  begins.forEach((begin, entry) => {
    if (isEllipsis(entry)) {
      for (let i = 0; i < rest; i++) entries.push(whole(axis++));
      return;
    }
    if (has(slots.newAxisMask, entry)) {
      entries.push({ kind: 'new', indices: [] });
      return;
    }
    const extent = shape[axis++]!;
    if (has(slots.shrinkAxisMask, entry)) {
      entries.push({ kind: 'shrink', indices: [begin < 0 ? begin + extent : begin] });
      return;
    }
    node.count(extent);
    const indices = range({
      begin: has(slots.beginMask, entry) ? null : begin,
      end: has(slots.endMask, entry) ? null : ends[entry]! + (offset ? begin : 0),
      stride: strides[entry]!,
      extent,
    });
    if (indices.length === 0) throw node.refuse(`a slice from ${begin} to ${ends[entry]} in steps of ${strides[entry]}`, shape);
    entries.push({ kind: 'pick', indices });
  });
  while (axis < shape.length) entries.push(whole(axis++));
  return entries;
}

/** Negative bounds count from the end, all are clamped; null goes as far as there is. */
function range({
  begin,
  end,
  stride,
  extent,
}: {
  readonly begin: number | null;
  readonly end: number | null;
  readonly stride: number;
  readonly extent: number;
}): readonly number[] {
  if (!Number.isInteger(stride) || stride === 0) return [];
  const [least, most] = stride > 0 ? [0, extent] : [-1, extent - 1];
  const bound = (value: number): number => Math.min(most, Math.max(least, value < 0 ? value + extent : value));
  const from = begin === null ? (stride > 0 ? least : most) : bound(begin);
  const to = end === null ? (stride > 0 ? most : least) : bound(end);
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / stride)) }, (_, i) => from + i * stride);
}
