import type { Shape } from '../../ir/tensor.ts';
import { reach, type Sliding } from '../../ops/spatial.ts';
import type { TfliteNode } from './node.ts';

/** Slots of the options of everything that slides. */
interface WindowSlots {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly dilationW?: number;
  readonly dilationH?: number;
}

/** [height, width] of what the options say. Throws where a stride or dilation is not positive. */
export function stepsOf(node: TfliteNode, slots: WindowSlots): Pick<Sliding, 'strides' | 'dilations'> {
  const strides = [node.int(slots.strideH), node.int(slots.strideW)];
  const dilations = [slots.dilationH, slots.dilationW].map((slot) => (slot === undefined ? 1 : node.int(slot, 1)));
  if ([...strides, ...dilations].every((step) => step > 0)) return { strides, dilations };
  throw node.error(
    `has strides [${strides.join(', ')}] and dilations [${dilations.join(', ')}]; they must be positive`,
    'The file looks damaged: export the model again.',
  );
}

/** How a kernel of [height, width] slides over an image of `extents`. */
export function slidingOf(node: TfliteNode, slots: WindowSlots, extents: Shape, kernel: Shape): Sliding {
  const steps = stepsOf(node, slots);
  return { ...steps, ...padsOf(node, slots, extents, kernel, steps) };
}

/**
 * SAME gives ceil(extent / stride) outputs, an odd row of padding goes to the end (ComputePaddingHeightWidth of
 * TensorFlow Lite's kernels/padding.h); VALID pads nothing.
 */
export function padsOf(
  node: TfliteNode,
  { padding }: WindowSlots,
  extents: Shape,
  kernel: Shape,
  { strides, dilations }: Pick<Sliding, 'strides' | 'dilations'>,
): Pick<Sliding, 'padBegin' | 'padEnd'> {
  const code = node.code(padding);
  if (code !== 0 && code !== 1) throw node.refuse(`padding ${code}`);
  const total = extents.map((extent, axis) => {
    const outputs = Math.ceil(extent / strides[axis]!);
    const span = (outputs - 1) * strides[axis]! + reach(kernel[axis]!, dilations[axis]!);
    return code === 1 ? 0 : Math.max(0, span - extent);
  });
  const padBegin = total.map((pad) => Math.floor(pad / 2));
  return { padBegin, padEnd: total.map((pad, axis) => pad - padBegin[axis]!) };
}
