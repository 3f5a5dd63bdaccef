import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import {
  binary,
  constantOf,
  elementwise,
  filled,
  rankOf,
  reduce,
  reshape,
  scalar,
  shapeOf,
  toChannelsFirst,
  toChannelsLast,
} from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Output, Rows } from '../row.ts';

/** Normalizations: `normalize` over some axes, then scale and offset. */
export const normalizing: Rows = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  /** ONNX Runtime's optimizer writes it into the default domain. */
  SimplifiedLayerNormalization: rmsNormalization,
};

/** Axes of x from `axis` (default the last) to the end. */
function trailingAxes(node: OnnxNode, x: ValueId): readonly number[] {
  const rank = rankOf(node, x);
  const first = node.axis(node.int('axis', -1), rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

function layerNormalization(node: OnnxNode): readonly Output[] {
  const x = node.input(0);
  const axes = trailingAxes(node, x);
  const epsilon = node.float('epsilon', 1e-5);
  const normalized = node.emit({ kind: 'normalize', axes, epsilon, center: true }, [x]);
  const result = scaledAndShifted(node, normalized, node.input(1), node.has(2) ? node.input(2) : null);
  if (!node.wants(1) && !node.wants(2)) return [result];
  const mean = reduce(node, 'mean', x, axes);
  const variance = reduce(node, 'mean', elementwise(node, 'square', binary(node, 'sub', x, mean)), axes);
  const deviation = elementwise(node, 'sqrt', binary(node, 'add', variance, scalar(node, epsilon)));
  return [result, mean, elementwise(node, 'reciprocal', deviation)];
}

/** https://arxiv.org/abs/1910.07467. Its second output is the inverse of the root mean square. */
function rmsNormalization(node: OnnxNode): readonly Output[] {
  const x = node.input(0);
  const axes = trailingAxes(node, x);
  const normalized = node.emit({ kind: 'normalize', axes, epsilon: node.float('epsilon', 1e-5), center: false }, [x]);
  return [scaledAndShifted(node, normalized, node.input(1), null), { missing: 'the inverse deviation, which is not computed' }];
}

/** x * scale + offset: one `affine` where both are per value of the last axis. */
function scaledAndShifted(node: OnnxNode, x: ValueId, scale: ValueId, offset: ValueId | null): ValueId {
  const last = shapeOf(node, x).slice(-1);
  if ([scale, offset ?? scale].every((values) => String(shapeOf(node, values)) === String(last))) {
    return node.emit({ kind: 'affine' }, [x, scale, offset ?? filled(node, last, 0)]);
  }
  const scaled = binary(node, 'mul', x, scale);
  return offset === null ? scaled : binary(node, 'add', scaled, offset);
}

/** x: [n x c x ...], scale and offset: [c]. */
function perChannel(node: OnnxNode, x: ValueId, scale: ValueId, offset: ValueId): ValueId {
  return toChannelsFirst(node, node.emit({ kind: 'affine' }, [toChannelsLast(node, x), scale, offset]));
}

function instanceNormalization(node: OnnxNode): ValueId {
  const x = node.input(0);
  const axes = Array.from({ length: rankOf(node, x) - 2 }, (_, axis) => axis + 2);
  const normalized = node.emit({ kind: 'normalize', axes, epsilon: node.float('epsilon', 1e-5), center: true }, [x]);
  return perChannel(node, normalized, node.input(1), node.input(2));
}

/** Scale and offset are per group before opset 21, per channel since. */
function groupNormalization(node: OnnxNode): ValueId {
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const [n, channels] = shape;
  const groups = node.int('num_groups', 1);
  if (channels === undefined || groups < 1 || channels % groups !== 0) throw node.refuse(`num_groups ${groups}`, shape);
  const grouped = reshape(node, x, [n!, groups, sizeOf(shape) / (n! * groups)]);
  const epsilon = node.float('epsilon', 1e-5);
  const normalized = node.emit({ kind: 'normalize', axes: [2], epsilon, center: true }, [grouped]);
  const values = (index: number): ValueId => repeated(node, node.input(index), channels);
  return perChannel(node, reshape(node, normalized, shape), values(1), values(2));
}

function repeated(node: OnnxNode, values: ValueId, channels: number): ValueId {
  const groups = sizeOf(shapeOf(node, values));
  if (groups === channels) return values;
  const indices = Array.from({ length: channels }, (_, channel) => Math.floor(channel / (channels / groups)));
  return node.emit({ kind: 'gather', axis: 0, indices }, [values]);
}

/**
 * Inputs X, scale, B, mean, var: at inference one factor and one offset per channel, axis 1. Some exporters (keras2onnx on
 * dense layers) transpose [1 x features] to [features x 1] before it, which no runtime takes as it is but which means the same.
 */
function batchNormalization(node: OnnxNode): readonly Output[] {
  const x = node.input(0);
  const shape = shapeOf(node, x);
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((index) => node.constant(index).values);
  const channels = scale!.length;
  if (node.int('training_mode', 0) !== 0) throw node.refuse('training_mode');
  if (node.int('spatial', 1) === 0) throw node.refuse('spatial 0');
  const epsilon = node.float('epsilon', 1e-5);
  const factors = scale!.map((value, i) => value / Math.sqrt(variance![i]! + epsilon));
  const offsets = offset!.map((value, i) => value - mean![i]! * factors[i]!);
  const [a, b] = [constantOf(node, [channels], factors), constantOf(node, [channels], offsets)];
  return [channelsOf(node, x, shape, channels, a, b), ...statistics];
}

const statistics: readonly Output[] = Array.from({ length: 4 }, () => ({
  missing: 'running statistics, which training alone has',
}));

function channelsOf(node: OnnxNode, x: ValueId, shape: Shape, channels: number, a: ValueId, b: ValueId): ValueId {
  if (shape.length >= 2 && shape[1] === channels) return perChannel(node, x, a, b);
  if (shape.length !== 2 || shape[0] !== channels || shape[1] !== 1) throw node.refuse(`normalising ${channels} channels`, shape);
  const row = node.emit({ kind: 'affine' }, [reshape(node, x, [1, channels]), a, b]);
  return reshape(node, row, shape);
}
