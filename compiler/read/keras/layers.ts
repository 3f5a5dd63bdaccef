import type { ValueId } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import { transposed } from '../../ir/transposed.ts';
import { applyActivation, applyElementwise, leakyAlpha } from './activations.ts';
import { booleanOr, get, numberOr } from './config.ts';
import type { Layer } from './layer.ts';

type Row = (layer: Layer, x: ValueId) => ValueId;

const nothingAtInference: Row = (_, x) => x;

/** One row per Keras layer class, shared by .h5 and TF.js. */
export const layers: Readonly<Record<string, Row>> = {
  InputLayer: nothingAtInference,
  Dense: dense,
  Activation: (layer, x) => applyActivation(layer, get(layer.config, 'activation'), x),
  ReLU: relu,
  LeakyReLU: (layer, x) => applyElementwise(layer, { fn: 'leakyRelu', parameters: [leakyAlpha(layer.config)] }, x),
  ELU: (layer, x) => applyElementwise(layer, { fn: 'elu', parameters: [numberOr(layer.config, 'alpha', 1)] }, x),
  Softmax: (layer, x) => applyActivation(layer, 'softmax', x),
  BatchNormalization: batchNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
  Flatten: (layer, x) => reshapeTo(layer, x, [sizeOf(layer.builder.type(x).shape)]),
  Reshape: reshape,
  Dropout: nothingAtInference,
  AlphaDropout: nothingAtInference,
  SpatialDropout1D: nothingAtInference,
  GaussianDropout: nothingAtInference,
  GaussianNoise: nothingAtInference,
  ActivityRegularization: nothingAtInference,
};

/** kernel: [in x units], bias: [units] */
function dense(layer: Layer, x: ValueId): ValueId {
  const depth = layer.channels(x);
  const units = numberOr(layer.config, 'units', 0);
  const kernel = transposed(layer.needWeight('kernel', [depth, units]));
  const bias = booleanOr(layer.config, 'use_bias', true)
    ? layer.needWeight('bias', [units])
    : { shape: [units], data: new Float32Array(units) };
  const inputs = [x, layer.builder.constant(`${layer.name}/kernel`, kernel), layer.builder.constant(`${layer.name}/bias`, bias)];
  const sum = layer.builder.node({ kind: 'dense', activation: null }, layer.name, inputs);
  return applyActivation(layer, get(layer.config, 'activation'), sum);
}

function relu(layer: Layer, x: ValueId): ValueId {
  const slope = numberOr(layer.config, 'negative_slope', 0);
  const threshold = numberOr(layer.config, 'threshold', 0);
  const maximum = get(layer.config, 'max_value');
  if (threshold !== 0 || (slope !== 0 && typeof maximum === 'number')) {
    throw layer.error(
      `has threshold ${threshold}, negative_slope ${slope} and max_value ${String(maximum)} together`,
      'Use a plain ReLU, a LeakyReLU, or a ReLU with max_value alone.',
    );
  }
  if (slope !== 0) return applyElementwise(layer, { fn: 'leakyRelu', parameters: [slope] }, x);
  if (typeof maximum === 'number') return applyElementwise(layer, { fn: 'clip', parameters: [0, maximum] }, x);
  return applyElementwise(layer, { fn: 'relu', parameters: [] }, x);
}

/** gamma * (x - mean) / sqrt(variance + epsilon) + beta, as scale and offset computed in f64. */
function batchNormalization(layer: Layer, x: ValueId): ValueId {
  const { config } = layer;
  const rank = layer.builder.type(x).shape.length;
  const axis = [get(config, 'axis') ?? -1].flat()[0];
  if (axis !== -1 && axis !== rank - 1)
    throw layer.error(`normalises axis ${String(axis)}; supported is the last one`, 'Use axis=-1.');
  const shape = [layer.channels(x)];
  const mean = layer.needWeight('moving_mean', shape).data;
  const variance = layer.needWeight('moving_variance', shape).data;
  const gamma = booleanOr(config, 'scale', true) ? layer.needWeight('gamma', shape).data : mean.map(() => 1);
  const beta = booleanOr(config, 'center', true) ? layer.needWeight('beta', shape).data : mean.map(() => 0);
  const epsilon = numberOr(config, 'epsilon', 1e-3);
  const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + epsilon));
  const offset = Float32Array.from(beta, (value, i) => value - mean[i]! * scale[i]!);
  return layer.affine(x, Float32Array.from(scale), offset);
}

/** (x - mean) / max(sqrt(variance), 1e-7), or with `invert` the way back (keras/src/layers/preprocessing/normalization.py). */
function normalization(layer: Layer, x: ValueId): ValueId {
  const channels = layer.channels(x);
  const statistic = (name: string): Float64Array => {
    const configured = [get(layer.config, name) ?? []].flat(4);
    const values = configured.length > 0 ? configured.map(Number) : [...(layer.weight(name)?.data ?? [])];
    if (values.length === channels) return Float64Array.from(values);
    if (values.length === 1) return new Float64Array(channels).fill(values[0]!);
    throw layer.error(
      `has ${values.length} values of "${name}" for ${channels} channels`,
      'Call adapt() on the data before saving the model.',
    );
  };
  const mean = statistic('mean');
  const deviation = statistic('variance').map((variance) => Math.max(Math.sqrt(variance), 1e-7));
  if (booleanOr(layer.config, 'invert', false)) return layer.affine(x, Float32Array.from(deviation), Float32Array.from(mean));
  const offset = mean.map((value, i) => -value / deviation[i]!);
  return layer.affine(
    x,
    Float32Array.from(deviation, (value) => 1 / value),
    Float32Array.from(offset),
  );
}

function rescaling(layer: Layer, x: ValueId): ValueId {
  const channels = layer.channels(x);
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
  return layer.affine(x, perChannel('scale', 1), perChannel('offset', 0));
}

function reshape(layer: Layer, x: ValueId): ValueId {
  const target = [get(layer.config, 'target_shape') ?? []].flat().map(Number);
  const known = target.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const size = sizeOf(layer.builder.type(x).shape);
  return reshapeTo(
    layer,
    x,
    target.map((extent) => (extent === -1 ? size / known : extent)),
  );
}

const reshapeTo = (layer: Layer, x: ValueId, shape: readonly number[]): ValueId =>
  layer.builder.node({ kind: 'reshape', shape: [1, ...shape] }, layer.name, [x]);
