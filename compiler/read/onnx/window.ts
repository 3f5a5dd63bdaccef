import type { Shape } from '../../ir/tensor.ts';
import { reach, type Sliding } from '../../ops/spatial.ts';
import type { OnnxNode } from './node.ts';

const autoPads = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] as const;
export type AutoPad = (typeof autoPads)[number];

export const autoPadOf = (node: OnnxNode): AutoPad => node.choice('auto_pad', autoPads);

/** One value per spatial axis, where the attribute is absent all ones. */
export function perAxis(node: OnnxNode, attribute: string, axes: number, fallback = 1): readonly number[] {
  const values = node.ints(attribute) ?? Array.from({ length: axes }, () => fallback);
  if (values.length === axes) return values;
  throw node.error(
    `has ${values.length} ${attribute} for ${axes} spatial axes`,
    'The file looks damaged: export the model again.',
  );
}

/** How a kernel slides over spatial extents: strides, dilations, and pads as they are written or as auto_pad means them. */
export function slidingOf(node: OnnxNode, extents: Shape, kernel: Shape): Sliding {
  const axes = extents.length;
  const strides = perAxis(node, 'strides', axes);
  const dilations = perAxis(node, 'dilations', axes);
  const autoPad = autoPadOf(node);
  const pads = autoPad === 'NOTSET' ? writtenPads(node, axes) : null;
  const total = extents.map((extent, axis) =>
    autoPad === 'VALID' ? 0 : samePadding(extent, reach(kernel[axis]!, dilations[axis]!), strides[axis]!),
  );
  return { strides, dilations, ...(pads ?? sharedOut(total, autoPad)) };
}

export interface Pads {
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
}

/** `pads` holds all beginnings, then all ends. */
export function writtenPads(node: OnnxNode, axes: number): Pads {
  const pads = perAxis(node, 'pads', 2 * axes, 0);
  if (pads.some((pad) => pad < 0)) throw node.refuse(`pads [${pads.join(', ')}] with negative values`);
  return { padBegin: pads.slice(0, axes), padEnd: pads.slice(axes) };
}

/** Padding with which a stride gives ceil(extent / stride) outputs. */
const samePadding = (extent: number, span: number, stride: number): number =>
  Math.max(0, (Math.ceil(extent / stride) - 1) * stride + span - extent);

/** An odd pixel goes to the end for SAME_UPPER, to the beginning for SAME_LOWER. */
export function sharedOut(total: readonly number[], autoPad: AutoPad): Pads {
  const smaller = total.map((pad) => Math.floor(pad / 2));
  const larger = total.map((pad) => Math.ceil(pad / 2));
  return autoPad === 'SAME_UPPER' ? { padBegin: smaller, padEnd: larger } : { padBegin: larger, padEnd: smaller };
}
