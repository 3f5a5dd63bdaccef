import { typeOf, type Node } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import type { FloatGraph, Op, OpOf } from '../../ops/float-graph.ts';
import { extents3, sliding3, spatialOf } from '../../ops/spatial.ts';

/** Deeper layers average their rounding errors out, and to look at how their inputs correlate takes long. */
const greatestDepth = 1024;

/** Of a large image, one pixel in so many is looked at. */
const mostPixels = 1024;

/**
 * What each row or pixel that a layer gives (or, of many, some) reads of its input, in the order of the weights; -1: padding. null: no layer whose
 * weights are rounded by what it gives (those of an int8 model, depthwise ones, very deep ones).
 */
export function readsOf(graph: FloatGraph, node: Node<Op>): readonly Int32Array[] | null {
  const weights = node.inputs[1] === undefined ? undefined : graph.constants.get(node.inputs[1]);
  if (weights === undefined || weights.scales !== undefined) return null;
  const depth = sizeOf(weights.shape) / weights.shape[0]!;
  if (depth > greatestDepth) return null;
  if (node.op.kind === 'conv') return node.op.groups === 1 ? patches(graph, node as Node<OpOf<'conv'>>) : null;
  if (node.op.kind !== 'dense') return null;
  const rows = sizeOf(typeOf(graph, node.inputs[0]!).shape) / depth;
  return Array.from({ length: rows }, (_, row) => Int32Array.from({ length: depth }, (__, i) => row * depth + i));
}

/** Of a convolution, pixel by pixel: tap by tap, channel by channel. */
function patches(graph: FloatGraph, { op, inputs, output }: Node<OpOf<'conv'>>): Int32Array[] {
  const shapeOf = (id: (typeof inputs)[number]) => typeOf(graph, id).shape;
  const [x, w] = [shapeOf(inputs[0]!), shapeOf(inputs[1]!)];
  const { strides, dilations, pads } = sliding3(op);
  const [extents, kernel, out] = [extents3(spatialOf(x)), extents3(spatialOf(w)), extents3(spatialOf(shapeOf(output)))];
  const channels = x.at(-1)!;
  const every = Math.ceil(sizeOf(out) / mostPixels);
  return Array.from({ length: Math.ceil(sizeOf(out) / every) }, (_, one) => {
    const at = split(one * every, out);
    const places = new Int32Array(sizeOf(kernel) * channels).fill(-1);
    for (let tap = 0; tap < sizeOf(kernel); tap++) {
      const from = split(tap, kernel).map((k, axis) => at[axis]! * strides[axis]! - pads[axis]! + k * dilations[axis]!);
      if (from.some((i, axis) => i < 0 || i >= extents[axis]!)) continue;
      const first = ((from[0]! * extents[1] + from[1]!) * extents[2] + from[2]!) * channels;
      for (let c = 0; c < channels; c++) places[tap * channels + c] = first + c;
    }
    return places;
  });
}

/** The place along three axes of the i-th value. */
const split = (i: number, [, rows, columns]: readonly [number, number, number]): readonly [number, number, number] => [
  Math.floor(i / (rows * columns)),
  Math.floor(i / columns) % rows,
  i % columns,
];
