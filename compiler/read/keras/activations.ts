import type { ValueId } from '../../ir/graph.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import { binary, elementwise, rankOf, scalar, shapeOf, slice, transpose } from '../compose.ts';
import { get, isConfig, numberOr, textOr, type Config } from './config.ts';
import type { Layer } from './layer.ts';

type MakeElementwise = (config: Config, version: number) => Elementwise;

const plain =
  (fn: Elementwise['fn'], ...parameters: readonly number[]): MakeElementwise =>
  () => ({ fn, parameters });

/** Keras 2 and TF.js: 0.2 x + 0.5; Keras 3: x / 6 + 0.5; both between 0 and 1. */
const hardSigmoid: MakeElementwise = (_, version) => ({
  fn: 'hardSigmoid',
  parameters: version >= 3 ? [1 / 6, 0.5] : [0.2, 0.5],
});

/** Functions of one value by their Keras names (https://keras.io/api/layers/activations). */
const ofOneValue: Readonly<Record<string, MakeElementwise>> = {
  relu: reluOf,
  relu6: plain('relu6'),
  leaky_relu: (config) => ({ fn: 'leakyRelu', parameters: [numberOr(config, 'negative_slope', numberOr(config, 'alpha', 0.2))] }),
  elu: (config) => ({ fn: 'elu', parameters: [numberOr(config, 'alpha', 1)] }),
  celu: (config) => ({ fn: 'celu', parameters: [numberOr(config, 'alpha', 1)] }),
  selu: plain('selu'),
  sigmoid: plain('sigmoid'),
  hard_sigmoid: hardSigmoid,
  tanh: plain('tanh'),
  hard_tanh: plain('clip', -1, 1),
  softplus: plain('softplus'),
  softsign: plain('softsign'),
  silu: plain('silu'),
  swish: plain('silu'),
  hard_silu: plain('hardSwish'),
  hard_swish: plain('hardSwish'),
  gelu: (config) => ({ fn: get(config, 'approximate') === true ? 'geluTanh' : 'gelu', parameters: [] }),
  gelu_new: plain('geluTanh'),
  mish: plain('mish'),
  exponential: plain('exp'),
};

/** Functions that several ops make. */
const composed: Readonly<Record<string, (layer: Layer, x: ValueId) => ValueId>> = {
  linear: (_, x) => x,
  softmax: (layer, x) => softmaxAlong(layer, x, -1),
  log_softmax: (layer, x) => elementwise(layer, 'log', softmaxAlong(layer, x, -1)),
  log_sigmoid: (layer, x) => elementwise(layer, 'neg', elementwise(layer, 'softplus', elementwise(layer, 'neg', x))),
  tanh_shrink: (layer, x) => binary(layer, 'sub', x, elementwise(layer, 'tanh', x)),
  /** (x + sqrt(x * x + 4)) / 2 */
  squareplus: (layer, x) => {
    const root = elementwise(layer, 'sqrt', binary(layer, 'add', elementwise(layer, 'square', x), scalar(layer, 4)));
    return binary(layer, 'mul', binary(layer, 'add', x, root), scalar(layer, 0.5));
  },
  /** The first half of the channels times the sigmoid of the second. */
  glu: (layer, x) => {
    const axis = rankOf(layer, x) - 1;
    const half = shapeOf(layer, x)[axis]! / 2;
    const gate = elementwise(layer, 'sigmoid', slice(layer, x, axis, half, half));
    return binary(layer, 'mul', slice(layer, x, axis, 0, half), gate);
  },
};

/** The classes of the layers that are activations, which may also stand where an activation is expected. */
export const namesOfClasses: Readonly<Record<string, string>> = {
  ReLU: 'relu',
  LeakyReLU: 'leaky_relu',
  ELU: 'elu',
  Softmax: 'softmax',
};

/** An activation as a configuration has it: a name, or { class_name, config } of a function or of a layer. */
function nameAndConfig(activation: unknown): readonly [name: string, config: Config] {
  if (activation === undefined || activation === null) return ['linear', {}];
  if (!isConfig(activation)) return [String(activation), {}];
  const kind = textOr(activation, 'class_name', '?');
  const config = activation['config'];
  if (typeof config === 'string') return [config, {}];
  const own = isConfig(config) ? config : {};
  return [namesOfClasses[kind] ?? textOr(own, 'name', kind.toLowerCase()), withLayerDefaults(kind, own)];
}

/** The layer LeakyReLU says alpha (default 0.3) in Keras 2 and negative_slope in Keras 3. */
export const withLayerDefaults = (kind: string, config: Config): Config =>
  kind === 'LeakyReLU' ? { alpha: 0.3, ...config } : config;

/** Applies an activation to a value. */
export function applyActivation(layer: Layer, activation: unknown, x: ValueId): ValueId {
  const [name, config] = nameAndConfig(activation);
  const axis = get(config, 'axis');
  if (name === 'softmax' && axis !== undefined) return softmaxAlong(layer, x, axis);
  if (Object.hasOwn(composed, name)) return composed[name]!(layer, x);
  const { fn, parameters } = elementwiseOf(layer, activation);
  return elementwise(layer, fn, x, ...parameters);
}

/** The same where nothing but a function of one value fits: in a recurrent cell. */
export function elementwiseOf(layer: Layer, activation: unknown): Elementwise {
  const [name, config] = nameAndConfig(activation);
  if (name === 'linear') return { fn: 'clip', parameters: [] };
  const make = Object.hasOwn(ofOneValue, name) ? ofOneValue[name] : undefined;
  if (make !== undefined) return make(config, layer.scope.version);
  const names = [...Object.keys(composed), ...Object.keys(ofOneValue)];
  throw layer.error(
    `has activation "${name.slice(0, 60)}"; supported are ${names.join(', ')}`,
    'Train with a supported activation, or ask for this one in an issue.',
  );
}

/** Softmax over one axis, which our op has last. */
export function softmaxAlong(layer: Layer, x: ValueId, at: unknown): ValueId {
  const rank = rankOf(layer, x);
  const axis = layer.axis(Array.isArray(at) && at.length === 1 ? at[0] : at, rank);
  const order = Array.from({ length: rank }, (_, i) => i);
  const swapped = order.with(axis, rank - 1).with(rank - 1, axis);
  return transpose(layer, layer.emit({ kind: 'softmax' }, [transpose(layer, x, swapped)]), swapped);
}

/** max_value, negative_slope and threshold of the layer ReLU; more than one of them at once is rare and not there. */
function reluOf(config: Config): Elementwise {
  const slope = numberOr(config, 'negative_slope', 0);
  const threshold = numberOr(config, 'threshold', 0);
  const maximum = get(config, 'max_value');
  if (slope !== 0) return { fn: 'leakyRelu', parameters: [slope] };
  if (threshold !== 0) return { fn: 'thresholdedRelu', parameters: [threshold] };
  return typeof maximum === 'number' ? { fn: 'clip', parameters: [0, maximum] } : { fn: 'relu', parameters: [] };
}
