import type { Shape } from '../../ir/tensor.ts';
import type { Sliding } from '../../ops/spatial.ts';
import { samePads } from '../same-padding.ts';
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

/** SAME pads so that the stride alone decides how many outputs there are; VALID pads nothing. */
export function padsOf(
  node: TfliteNode,
  { padding }: WindowSlots,
  extents: Shape,
  kernel: Shape,
  steps: Pick<Sliding, 'strides' | 'dilations'>,
): Pick<Sliding, 'padBegin' | 'padEnd'> {
  const code = node.code(padding);
  if (code !== 0 && code !== 1) throw node.refuse(`padding ${code}`);
  if (code === 0) return samePads(extents, kernel, steps);
  return { padBegin: extents.map(() => 0), padEnd: extents.map(() => 0) };
}
