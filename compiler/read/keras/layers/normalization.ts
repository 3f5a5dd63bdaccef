import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import { binary, constantOf, elementwise, rankOf, reduce, reshape, shapeOf, transpose } from '../../compose.ts';
import { booleanOr, get, numberOr } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Rows } from '../row.ts';

export const normalization: Rows = {
  BatchNormalization: batchNormalization,
  // As TensorFlow 1 and its distributed training called it.
  BatchNormalizationV1: batchNormalization,
  BatchNormalizationV2: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  UnitNormalization: unitNormalization,
  Normalization: standardisation,
  Rescaling: rescaling,
};

/** y = x * scale + offset along the last axis. */
function affine(layer: Layer, x: ValueId, scale: Float32Array, offset: Float32Array): ValueId {
  const operands = [scale, offset].map((values) => constantOf(layer, [values.length], values));
  return layer.emit({ kind: 'affine' }, [x, ...operands]);
}

/** Reads x with one of its axes last, and puts that back. */
function withAxisLast(layer: Layer, axis: number, read: (x: ValueId) => ValueId): ValueId {
  const order = Array.from({ length: rankOf(layer, layer.input) }, (_, i) => i);
  const last = [...order.toSpliced(axis, 1), axis];
  const back = order.map((i) => last.indexOf(i));
  return transpose(layer, read(transpose(layer, layer.input, last)), back);
}

/** The axes that a configuration names: one, or a list; none is another one's beginning. */
function axesOf(layer: Layer, fallback: number): readonly number[] {
  const rank = rankOf(layer, layer.input);
  return [get(layer.config, 'axis') ?? fallback].flat().map((axis) => layer.axis(axis, rank));
}

const channelAxis = (layer: Layer): number => {
  const [axis, ...more] = axesOf(layer, -1);
  if (axis === undefined || more.length > 0) throw layer.refuse(`normalising ${more.length + 1} axes at once`);
  return axis;
};

/** gamma * (x - mean) / sqrt(variance + epsilon) + beta, as scale and offset computed in f64. */
function batchNormalization(layer: Layer): ValueId {
  const [scales, centers] = [booleanOr(layer.config, 'scale', true), booleanOr(layer.config, 'center', true)];
  const weights = layer.weights([scales ? 'gamma' : null, centers ? 'beta' : null, 'moving_mean', 'moving_variance']);
  const epsilon = numberOr(layer.config, 'epsilon', 1e-3);
  return withAxisLast(layer, channelAxis(layer), (x) => {
    const shape = shapeOf(layer, x).slice(-1);
    const mean = weights.values('moving_mean', shape);
    const variance = weights.values('moving_variance', shape);
    const gamma = scales ? weights.values('gamma', shape) : mean.map(() => 1);
    const beta = centers ? weights.values('beta', shape) : mean.map(() => 0);
    const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + epsilon));
    const offset = Float32Array.from(beta, (value, i) => value - mean[i]! * scale[i]!);
    return affine(layer, x, Float32Array.from(scale), offset);
  });
}

/** Trained values of the normalised axes as they broadcast over x. */
function alongAxes(shape: Shape, axes: readonly number[]): Shape {
  const first = Math.min(...axes);
  return shape.slice(first).map((extent, i) => (axes.includes(first + i) ? extent : 1));
}

/** gamma and beta have the extents of the normalised axes. */
function layerNormalization(layer: Layer): ValueId {
  if (booleanOr(layer.config, 'rms_scaling', false)) {
    throw layer.error('has rms_scaling', 'Use the layer RMSNormalization instead.');
  }
  const axes = axesOf(layer, -1);
  const epsilon = numberOr(layer.config, 'epsilon', 1e-3);
  const normalized = layer.emit({ kind: 'normalize', axes, epsilon, center: true }, [layer.input]);
  return scaledAndShifted(layer, normalized, axes);
}

function scaledAndShifted(layer: Layer, x: ValueId, axes: readonly number[]): ValueId {
  const [scales, centers] = [booleanOr(layer.config, 'scale', true), booleanOr(layer.config, 'center', true)];
  const weights = layer.weights([scales ? 'gamma' : null, centers ? 'beta' : null]);
  const shape = alongAxes(shapeOf(layer, x), axes);
  const size = sizeOf(shape);
  const gamma = scales ? weights.values('gamma', shape) : new Float32Array(size).fill(1);
  const beta = centers ? weights.values('beta', shape) : new Float32Array(size);
  if (shape.length === 1) return affine(layer, x, gamma, beta);
  return binary(layer, 'add', binary(layer, 'mul', x, constantOf(layer, shape, gamma)), constantOf(layer, shape, beta));
}

/** groups: -1 is one per channel. Mean and variance are over all positions and the channels of a group. */
function groupNormalization(layer: Layer): ValueId {
  const epsilon = numberOr(layer.config, 'epsilon', 1e-3);
  return withAxisLast(layer, channelAxis(layer), (x) => {
    const shape = shapeOf(layer, x);
    const [n, channels] = [shape[0]!, shape.at(-1)!];
    const stated = numberOr(layer.config, 'groups', 32);
    const groups = stated === -1 ? channels : stated;
    if (!(groups > 0 && channels % groups === 0)) throw layer.refuse(`${groups} groups of ${channels} channels`);
    const grouped = reshape(layer, x, [n, sizeOf(shape) / (n * channels), groups, channels / groups]);
    const normalized = layer.emit({ kind: 'normalize', axes: [1, 3], epsilon, center: true }, [grouped]);
    return scaledAndShifted(layer, reshape(layer, normalized, shape), [shape.length - 1]);
  });
}

/** x / sqrt(mean of squares + epsilon) * scale */
function rmsNormalization(layer: Layer): ValueId {
  const axes = axesOf(layer, -1);
  const x = layer.emit({ kind: 'normalize', axes, epsilon: numberOr(layer.config, 'epsilon', 1e-6), center: false }, [
    layer.input,
  ]);
  const shape = alongAxes(shapeOf(layer, x), axes);
  return binary(layer, 'mul', x, layer.weights(['scale']).constant('scale', shape));
}

/** x / sqrt(max(sum of squares, 1e-12)) */
function unitNormalization(layer: Layer): ValueId {
  const norm = reduce(layer, 'l2', layer.input, axesOf(layer, -1));
  const bounded = elementwise(layer, 'clip', norm, 1e-6, Number.MAX_VALUE);
  return binary(layer, 'div', layer.input, bounded);
}

/** (x - mean) / max(sqrt(variance), 1e-7), or with `invert` the way back (keras/src/layers/preprocessing/normalization.py). */
function standardisation(layer: Layer): ValueId {
  const channels = shapeOf(layer, layer.input).at(-1)!;
  const weights = layer.weights(['mean', 'variance', 'count']);
  const statistic = (name: string): Float64Array => {
    const configured = [get(layer.config, name) ?? []].flat(4);
    const values = configured.length > 0 ? configured.map(Number) : [...(weights.find(name)?.data ?? [])];
    if (values.length === channels) return Float64Array.from(values);
    if (values.length === 1) return new Float64Array(channels).fill(values[0]!);
    throw layer.error(
      `has ${values.length} values of "${name}" for ${channels} channels`,
      'Call adapt() on the data before saving the model.',
    );
  };
  const mean = statistic('mean');
  const deviation = statistic('variance').map((variance) => Math.max(Math.sqrt(variance), 1e-7));
  if (booleanOr(layer.config, 'invert', false)) {
    return affine(layer, layer.input, Float32Array.from(deviation), Float32Array.from(mean));
  }
  const offset = Float32Array.from(mean, (value, i) => -value / deviation[i]!);
  const scale = Float32Array.from(deviation, (value) => 1 / value);
  return affine(layer, layer.input, scale, offset);
}

function rescaling(layer: Layer): ValueId {
  const channels = shapeOf(layer, layer.input).at(-1)!;
  const perChannel = (key: string, fallback: number): Float32Array => {
    const values = [get(layer.config, key) ?? fallback].flat(4).map(Number);
    if (values.length !== 1 && values.length !== channels) {
      throw layer.error(
        `has ${values.length} values of "${key}" for ${channels} channels`,
        'Give one value, or one per channel.',
      );
    }
    return Float32Array.from({ length: channels }, (_, i) => values[i % values.length]!);
  };
  return affine(layer, layer.input, perChannel('scale', 1), perChannel('offset', 0));
}
