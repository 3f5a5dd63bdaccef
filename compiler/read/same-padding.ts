import type { Shape } from '../ir/tensor.ts';
import { reach, type Sliding } from '../ops/spatial.ts';

/**
 * TensorFlow's SAME: ceil(extent / stride) outputs, an odd row of padding goes to the end
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
 */
export function samePads(
  extents: Shape,
  kernel: Shape,
  { strides, dilations }: Pick<Sliding, 'strides' | 'dilations'>,
): Pick<Sliding, 'padBegin' | 'padEnd'> {
  const total = extents.map((extent, axis) => {
    const outputs = Math.ceil(extent / strides[axis]!);
    return Math.max(0, (outputs - 1) * strides[axis]! + reach(kernel[axis]!, dilations[axis]!) - extent);
  });
  const padBegin = total.map((pad) => Math.floor(pad / 2));
  return { padBegin, padEnd: total.map((pad, axis) => pad - padBegin[axis]!) };
}
