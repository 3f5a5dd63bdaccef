import type { ValueId } from '../../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../../ir/tensor.ts';
import { reach, spatialOf, type Sliding } from '../../../../ops/spatial.ts';
import { filled, reshape, shapeOf, toChannelsFirst, toChannelsLast, transpose } from '../../../compose.ts';
import { samePads } from '../../../same-padding.ts';
import { applyFused } from '../fused.ts';
import type { GraphNode } from '../node.ts';
import type { Rows } from '../row.ts';

/** Convolutions and pools over images [n x height x width x c], or with the channels first (data_format). */
export const convolution: Rows = {
  AvgPool: (node) => pool(node, 'average'),
  Conv2D: (node) => conv(node, 'full'),
  Conv2DBackpropInput: convTranspose,
  Conv3D: (node) => conv(node, 'full'),
  DepthwiseConv2dNative: (node) => conv(node, 'depthwise'),
  FusedConv2D: (node) => conv(node, 'full'),
  FusedDepthwiseConv2dNative: (node) => conv(node, 'depthwise'),
  MaxPool: (node) => pool(node, 'max'),
  _FusedConv2D: (node) => conv(node, 'full'),
};

const isChannelsFirst = (node: GraphNode): boolean => node.text('data_format', 'NHWC').startsWith('NC');

/** The entries of a list of one per axis that belong to spatial axes. */
const ofSpatial = (node: GraphNode, list: readonly number[]): readonly number[] =>
  isChannelsFirst(node) ? list.slice(2) : list.slice(1, -1);

function slidingOf(node: GraphNode, extents: Shape, kernel: Shape): Sliding {
  const ones = kernel.map(() => 1);
  const [strides, dilations] = ['strides', 'dilations'].map((name) => {
    const list = node.ints(name);
    return list.length === 0 ? ones : ofSpatial(node, list);
  });
  const steps = { strides: strides!, dilations: dilations! };
  const padding = node.text('padding', 'VALID');
  const none = kernel.map(() => 0);
  if (padding === 'VALID') return { ...steps, padBegin: none, padEnd: none };
  if (padding === 'SAME') return { ...steps, ...samePads(extents, kernel, steps) };
  const pads = node.ints('explicit_paddings');
  if (padding !== 'EXPLICIT' || pads.length !== 2 * (kernel.length + 2)) throw node.refuse(`padding ${padding.slice(0, 40)}`);
  const side = (end: 0 | 1): readonly number[] =>
    ofSpatial(
      node,
      pads.filter((_, i) => i % 2 === end),
    );
  return { ...steps, padBegin: side(0), padEnd: side(1) };
}

/** Inputs x, filter [...kernel x in x out] (depthwise: out per channel), then what is fused. */
function conv(node: GraphNode, depth: 'full' | 'depthwise'): ValueId {
  const first = isChannelsFirst(node);
  const x = first ? toChannelsLast(node, node.input(0)) : node.input(0);
  const filter = node.shape(1);
  const kernel = filter.slice(0, -2);
  const axes = kernel.length;
  if (shapeOf(node, x).length !== axes + 2) throw node.refuse('an input', shapeOf(node, x));
  const spatial = kernel.map((_, axis) => axis);
  const channels = shapeOf(node, x).at(-1)!;
  const w =
    depth === 'full'
      ? transpose(node, node.input(1), [axes + 1, ...spatial, axes])
      : reshape(node, transpose(node, node.input(1), [axes, axes + 1, ...spatial]), [sizeOf(filter.slice(-2)), ...kernel, 1]);
  // Each filter reads as many channels as it has weights: fewer than the input has, in groups.
  const groups = depth === 'full' ? channels / filter.at(-2)! : channels;
  const sliding = slidingOf(node, spatialOf(shapeOf(node, x)), kernel);
  const outputs = shapeOf(node, w)[0]!;
  const sum = node.emit({ kind: 'conv', ...sliding, groups, activation: null }, [x, w, filled(node, [outputs], 0)]);
  const result = applyFused(node, sum, 2);
  return first ? toChannelsFirst(node, result) : result;
}

/** Inputs the output's shape, filter [...kernel x out x in], x. The padding is that of the convolution which would make x of the output. */
function convTranspose(node: GraphNode): ValueId {
  const first = isChannelsFirst(node);
  const x = first ? toChannelsLast(node, node.input(2)) : node.input(2);
  const filter = node.shape(1);
  const kernel = filter.slice(0, -2);
  const spatial = kernel.map((_, axis) => axis);
  const wanted = ofSpatial(node, node.list(0));
  if (shapeOf(node, x).length !== 4 || kernel.length !== 2 || wanted.length !== 2) throw node.refuse('an output', node.list(0));
  const w = transpose(node, node.input(1), [2, ...spatial, 3]);
  const sliding = slidingOf(node, wanted, kernel);
  // Rows that the output has no room for are cut off; those that no input reaches are added.
  const surplus = wanted.map((extent, axis) => {
    const [stride, span] = [sliding.strides[axis]!, reach(kernel[axis]!, sliding.dilations[axis]!)];
    return (shapeOf(node, x)[axis + 1]! - 1) * stride + span - sliding.padBegin[axis]! - extent;
  });
  const padEnd = surplus.map((rows) => Math.max(0, rows));
  const outputPadding = surplus.map((rows) => Math.max(0, -rows));
  const op = { kind: 'convTranspose', ...sliding, padEnd, groups: 1, outputPadding, activation: null } as const;
  const result = node.emit(op, [x, w, filled(node, [shapeOf(node, w)[0]!], 0)]);
  return first ? toChannelsFirst(node, result) : result;
}

/** An average does not count the padding. */
function pool(node: GraphNode, fn: 'max' | 'average'): ValueId {
  const first = isChannelsFirst(node);
  const x = first ? toChannelsLast(node, node.input(0)) : node.input(0);
  const kernel = ofSpatial(node, node.ints('ksize'));
  const sliding = slidingOf(node, spatialOf(shapeOf(node, x)), kernel);
  const result = node.emit({ kind: 'pool', fn, kernel, ...sliding, countPadding: false, ceil: false }, [x]);
  return first ? toChannelsFirst(node, result) : result;
}
