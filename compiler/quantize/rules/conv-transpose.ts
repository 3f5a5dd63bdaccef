import { typeOf } from '../../ir/graph.ts';
import { spatialOf } from '../../ops/spatial.ts';
import { imageOf, pairOf } from '../image.ts';
import { clampOf, lowerLinear } from '../linear.ts';
import type { LoweringRule } from './define.ts';

/** convTranspose -> convTranspose: a signal is an image of height 1. */
export const convTranspose: LoweringRule<'convTranspose'> = (node, lowering) => {
  const { op } = node;
  const [x, y] = [imageOf(lowering, node, node.inputs[0]!), imageOf(lowering, node, node.output)];
  const kernel = pairOf(spatialOf(typeOf(lowering.graph, node.inputs[1]!).shape), 1);
  const shape = [y.channels, ...kernel, x.channels / op.groups];
  lowerLinear(node, lowering, shape, clampOf(node, op.activation, lowering), (bounds, { short }) => ({
    kind: 'convTranspose',
    input: x.size,
    output: y.size,
    kernel,
    strides: pairOf(op.strides, 1),
    dilations: pairOf(op.dilations, 1),
    pads: pairOf(op.padBegin, 0),
    channels: [x.channels, y.channels],
    groups: op.groups,
    short,
    ...bounds,
  }));
};
