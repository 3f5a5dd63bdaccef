import type { Pair } from '../../runtime-js/artifact/kernel.ts';
import { typeOf, type Node, type ValueId } from '../ir/graph.ts';
import { formatShape } from '../ir/tensor.ts';
import type { Op } from '../ops/float-graph.ts';
import type { Lowering } from './lowering.ts';

/** A value as the image that kernels see: [1 x height x width x channels], or [1 x width x channels] with height 1. */
export function imageOf(lowering: Lowering, node: Node<Op>, id: ValueId): { readonly size: Pair; readonly channels: number } {
  const { shape } = typeOf(lowering.graph, id);
  const [n, ...rest] = shape;
  const channels = rest.pop();
  if (n !== 1 || rest.length < 1 || rest.length > 2) {
    throw lowering.unsupported(
      node,
      `it works on ${formatShape(shape)}; kernels take one image [1 x height x width x channels] or signal [1 x width x channels]`,
    );
  }
  return { size: pairOf(rest, 1), channels: channels! };
}

/** Values of one or two spatial axes; `filler` stands for the height of a signal. */
export const pairOf = (values: readonly number[], filler: number): Pair =>
  values.length === 1 ? [filler, values[0]!] : [values[0]!, values[1]!];
