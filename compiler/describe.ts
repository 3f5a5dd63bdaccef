import { typeOf, type Node } from './ir/graph.ts';
import { formatShape, sizeOf, type Shape } from './ir/tensor.ts';
import type { FloatGraph, Op } from './ops/float-graph.ts';
import { isLinear } from './ops/linear.ts';
import { spatialOf } from './ops/spatial.ts';

/** `dense 640 -> 128 relu`, `conv 3x3/2 [28 x 28 x 1] -> [14 x 14 x 16]`: a line per layer, for inspect, the summary and the manifest. */
export const describeLayers = (graph: FloatGraph): string[] => graph.nodes.map((node) => describeLayer(graph, node));

export function describeLayer(graph: FloatGraph, { op, inputs, output }: Node<Op>): string {
  const [from, to] = [typeOf(graph, inputs[0]!).shape, typeOf(graph, output).shape];
  const flat = `${sizeOf(from)} -> ${sizeOf(to)}`;
  const shapes = `${shown(from)} -> ${shown(to)}`;
  const isVector = from.length === 2 && from[0] === 1;
  const fused = 'activation' in op && op.activation !== null && 'fn' in op.activation ? ` ${op.activation.fn}` : '';
  switch (op.kind) {
    case 'dense':
      return isVector ? `dense ${flat}${fused}` : `dense ${shapes}${fused}`;
    case 'conv':
    case 'convTranspose': {
      const kernel = spatialOf(typeOf(graph, inputs[1]!).shape).join('x');
      const depthwise = op.groups > 1 ? ` in ${op.groups} groups` : '';
      return `${op.kind} ${kernel}${over(op.strides)} ${shapes}${depthwise}${fused}`;
    }
    case 'pool':
      return `${op.fn} pool ${op.kernel.join('x')}${over(op.strides)} ${shapes}`;
    case 'elementwise':
    case 'binary':
      return `${op.fn} ${sizeOf(to)}`;
    case 'affine':
      return `scale ${sizeOf(to)}`;
    case 'recurrent':
      return `${op.cell}${op.reverse ? ' backwards' : ''} ${shapes}`;
    case 'reduce':
      return `${op.fn} ${shapes}`;
    default:
      return isVector && to.length < 3 ? `${op.kind} ${flat}` : `${op.kind} ${shapes}`;
  }
}

/** Without the batch, unless steps were folded into it. */
const shown = (shape: Shape): string => formatShape(shape[0] === 1 ? shape.slice(1) : shape);

const over = (strides: readonly number[]): string => (strides.every((stride) => stride === 1) ? '' : `/${strides.join('x')}`);

/** What the layers with weights take: trained values, multiply-adds per window, bytes of int8 weights, bias and multipliers. */
export function costOf(graph: FloatGraph): Cost & { readonly parameters: number } {
  let [parameters, multiplyAdds, estimatedBytes] = [0, 0, 0];
  for (const tensor of graph.constants.values()) parameters += tensor.data.length;
  for (const node of graph.nodes) {
    const cost = costOfNode(graph, node);
    multiplyAdds += cost.multiplyAdds;
    estimatedBytes += cost.estimatedBytes;
  }
  return { parameters, multiplyAdds, estimatedBytes };
}

export interface Cost {
  readonly multiplyAdds: number;
  readonly estimatedBytes: number;
}

/** Multiply-adds per window of one layer, and bytes of its int8 weights, bias and multipliers. */
export function costOfNode(graph: FloatGraph, node: Node<Op>): Cost {
  const outputs = sizeOf(typeOf(graph, node.output).shape);
  if (isLinear(node)) {
    const [channels, ...depth] = typeOf(graph, node.inputs[1]!).shape;
    // A transposed convolution spends its weights on each input pixel, the others on each output pixel.
    const pixels =
      node.op.kind === 'convTranspose' ? sizeOf(typeOf(graph, node.inputs[0]!).shape.slice(0, -1)) : outputs / channels!;
    return { multiplyAdds: pixels * channels! * sizeOf(depth), estimatedBytes: channels! * (sizeOf(depth) + 8) };
  }
  if (node.op.kind === 'matmul')
    return { multiplyAdds: outputs * typeOf(graph, node.inputs[0]!).shape.at(-1)!, estimatedBytes: 0 };
  if (node.op.kind !== 'recurrent') return { multiplyAdds: 0, estimatedBytes: 0 };
  const [, steps] = typeOf(graph, node.inputs[0]!).shape;
  const weights = [1, 2].reduce((sum, index) => sum + sizeOf(typeOf(graph, node.inputs[index]!).shape), 0);
  return { multiplyAdds: steps! * weights, estimatedBytes: weights + 16 * typeOf(graph, node.inputs[1]!).shape[0]! };
}
