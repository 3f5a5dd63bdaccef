import type { ValueId } from '../../../ir/graph.ts';
import type { Shape } from '../../../ir/tensor.ts';
import { reach, type Sliding } from '../../../ops/spatial.ts';
import { filled, shapeOf, transpose } from '../../compose.ts';
import { applyFused } from '../fused.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';
import { weightsOf } from '../weights.ts';
import { padsOf, slidingOf, stepsOf } from '../window.ts';

/** Convolutions over images [n x height x width x c], as our ops have them. */
export const convolution: Rows = {
  CONV_2D: (node) => conv(node, 'full', node.input(0)),
  DEPTHWISE_CONV_2D: (node) => conv(node, 'depthwise', node.input(0)),
  TRANSPOSE_CONV: transposeConv,
};

type Depth = 'full' | 'depthwise';
const slotsOf = { full: options.Conv2D, depthwise: options.DepthwiseConv2D };

/** `slide`: what is made of the sliding that the options say. */
export function conv(node: TfliteNode, depth: Depth, x: ValueId, slide = (sliding: Sliding): Sliding => sliding): ValueId {
  const slots = slotsOf[depth];
  const w = depth === 'full' ? weightsOf(node, 1, node.input(1), 0) : depthwiseWeights(node);
  const [n, height, width, channels, ...more] = shapeOf(node, x);
  const kernel = kernelOf(node, shapeOf(node, w));
  if (n === undefined || channels === undefined || more.length > 0) throw node.refuse('an input', shapeOf(node, x));
  // Each filter reads as many channels as it has weights: fewer than the input has, in groups.
  const groups = channels / shapeOf(node, w).at(-1)!;
  const sliding = slide(slidingOf(node, slots, [height!, width!], kernel));
  const result = node.emit({ kind: 'conv', ...sliding, groups, activation: null }, [x, w, biasOf(node, 2, shapeOf(node, w)[0]!)]);
  return applyFused(node, slots.fused, result);
}

/** [1 x kh x kw x out] -> [out x kh x kw x 1]; output o reads input channel floor(o / multiplier), as in our op. */
function depthwiseWeights(node: TfliteNode): ValueId {
  const shape = node.shape(1);
  if (shape.length !== 4 || shape[0] !== 1) throw node.refuse('a depthwise kernel', shape);
  node.constant(1);
  return weightsOf(node, 1, transpose(node, node.input(1), [3, 1, 2, 0]), 3);
}

function kernelOf(node: TfliteNode, shape: Shape): Shape {
  if (shape.length !== 4) throw node.refuse('a kernel', shape);
  return shape.slice(1, -1);
}

/** The bias is optional; the weights give `outputs` values. */
export const biasOf = (node: TfliteNode, index: number, outputs: number): ValueId => {
  if (!node.has(index)) return filled(node, [outputs], 0);
  node.constant(index);
  return node.input(index);
};

/**
 * Inputs output shape, weights [out x kh x kw x in], x, bias. The padding is that of the convolution which would make x of
 * the output (kernels/transpose_conv.cc).
 */
function transposeConv(node: TfliteNode): ValueId {
  const slots = options.TransposeConv;
  const w = weightsOf(node, 1, node.input(1), 0);
  const kernel = kernelOf(node, shapeOf(node, w));
  const wanted = node.list(0).slice(1, -1);
  const shape = node.shape(2);
  if (shape.length !== 4 || wanted.length !== 2) throw node.refuse(`an output of ${wanted.length} spatial axes`, shape);
  const steps = stepsOf(node, slots);
  const { padBegin } = padsOf(node, slots, wanted, kernel, steps);
  // Rows that the output has no room for are cut off; those that no input reaches are added.
  const surplus = wanted.map(
    (extent, axis) => (shape[axis + 1]! - 1) * steps.strides[axis]! + reach(kernel[axis]!, 1) - padBegin[axis]! - extent,
  );
  const padEnd = surplus.map((rows) => Math.max(0, rows));
  const outputPadding = surplus.map((rows) => Math.max(0, -rows));
  const result = node.emit({ kind: 'convTranspose', ...steps, padBegin, padEnd, groups: 1, outputPadding, activation: null }, [
    node.input(2),
    w,
    biasOf(node, 3, shapeOf(node, w)[0]!),
  ]);
  return applyFused(node, slots.fused, result);
}
