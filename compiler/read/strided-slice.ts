import type { ValueId } from '../ir/graph.ts';
import { gather, reshape, shapeOf } from './compose.ts';
import type { Composer } from './composer.ts';

/** NumPy's x[begin:end:stride, ..., newaxis, i] as TensorFlow writes it: an entry each; bit i of a mask is about entry i. */
export interface StridedSlice {
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
  /** Ends count from the begins. */
  readonly offset: boolean;
}

/** What one entry does: picks along an axis, adds one, or picks one index and drops the axis. */
interface Entry {
  readonly kind: 'pick' | 'new' | 'shrink';
  readonly indices: readonly number[];
}

/** https://www.tensorflow.org/api_docs/python/tf/strided_slice. Null where the entries do not fit x or pick nothing. */
export function stridedSlice(node: Composer, input: ValueId, spec: StridedSlice): ValueId | null {
  const entries = entriesOf(spec, shapeOf(node, input));
  if (entries === null) return null;
  let x = input;
  let axis = 0;
  for (const { kind, indices } of entries) if (kind !== 'new') x = gather(node, x, axis++, indices);
  const picked = shapeOf(node, x);
  let at = 0;
  const kept = entries.flatMap(({ kind }) => {
    if (kind === 'new') return [1];
    const extent = picked[at++]!;
    return kind === 'shrink' ? [] : [extent];
  });
  return reshape(node, x, kept);
}

/** Bit `entry` of a mask. */
const has = (mask: number, entry: number): boolean => ((mask >> entry) & 1) === 1;

function entriesOf(spec: StridedSlice, shape: readonly number[]): readonly Entry[] | null {
  const { begins, ends, strides } = spec;
  const picking = begins.filter((_, entry) => !has(spec.ellipsisMask, entry) && !has(spec.newAxisMask, entry)).length;
  const rest = shape.length - picking;
  if (rest < 0 || ends.length !== begins.length || strides.length !== begins.length) return null;
  const whole = (axis: number): Entry => ({ kind: 'pick', indices: Array.from({ length: shape[axis]! }, (_, i) => i) });
  const entries: Entry[] = [];
  let axis = 0;
  for (const [entry, begin] of begins.entries()) {
    if (has(spec.ellipsisMask, entry)) {
      for (let i = 0; i < rest; i++) entries.push(whole(axis++));
    } else if (has(spec.newAxisMask, entry)) {
      entries.push({ kind: 'new', indices: [] });
    } else if (has(spec.shrinkAxisMask, entry)) {
      entries.push({ kind: 'shrink', indices: [begin < 0 ? begin + shape[axis]! : begin] });
      axis++;
    } else {
      const indices = range({
        begin: has(spec.beginMask, entry) ? null : begin,
        end: has(spec.endMask, entry) ? null : ends[entry]! + (spec.offset ? begin : 0),
        stride: strides[entry]!,
        extent: shape[axis++]!,
      });
      if (indices.length === 0) return null;
      entries.push({ kind: 'pick', indices });
    }
  }
  while (axis < shape.length) entries.push(whole(axis++));
  return entries;
}

interface Range {
  readonly begin: number | null;
  readonly end: number | null;
  readonly stride: number;
  readonly extent: number;
}

/** Negative bounds count from the end, all are clamped; null goes as far as there is. */
function range({ begin, end, stride, extent }: Range): readonly number[] {
  if (!Number.isInteger(stride) || stride === 0) return [];
  const [least, most] = stride > 0 ? [0, extent] : [-1, extent - 1];
  const bound = (value: number): number => Math.min(most, Math.max(least, value < 0 ? value + extent : value));
  const from = begin === null ? (stride > 0 ? least : most) : bound(begin);
  const to = end === null ? (stride > 0 ? most : least) : bound(end);
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / stride)) }, (_, i) => from + i * stride);
}
