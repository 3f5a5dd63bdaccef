import type { ValueId } from '../../ir/graph.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import { isConfig, numberOr, textOr } from './config.ts';
import type { Layer } from './layer.ts';

/** Keras name -> our function (https://keras.io/api/layers/activations). */
const activations: Readonly<Record<string, Elementwise>> = {
  relu: { fn: 'relu', parameters: [] },
  relu6: { fn: 'relu6', parameters: [] },
  leaky_relu: { fn: 'leakyRelu', parameters: [0.2] },
  elu: { fn: 'elu', parameters: [1] },
  selu: { fn: 'selu', parameters: [] },
  sigmoid: { fn: 'sigmoid', parameters: [] },
  tanh: { fn: 'tanh', parameters: [] },
  softplus: { fn: 'softplus', parameters: [] },
  softsign: { fn: 'softsign', parameters: [] },
  silu: { fn: 'silu', parameters: [] },
  swish: { fn: 'silu', parameters: [] },
};

/** Applies an activation as a layer's configuration names it: a string, or { class_name, config }. */
export function applyActivation(layer: Layer, activation: unknown, x: ValueId): ValueId {
  if (activation === undefined || activation === null) return x;
  if (isConfig(activation)) {
    const name = textOr(activation, 'class_name', '?');
    const config = isConfig(activation['config']) ? activation['config'] : {};
    if (name === 'LeakyReLU') return applyElementwise(layer, { fn: 'leakyRelu', parameters: [leakyAlpha(config)] }, x);
    if (name === 'ELU') return applyElementwise(layer, { fn: 'elu', parameters: [numberOr(config, 'alpha', 1)] }, x);
    return applyActivation(layer, textOr(config, 'name', name.toLowerCase()), x);
  }
  const name = String(activation);
  if (name === 'linear') return x;
  if (name === 'softmax') return layer.builder.node({ kind: 'softmax' }, `${layer.name}/softmax`, [x]);
  const known = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (known !== undefined) return applyElementwise(layer, known, x);
  throw layer.error(
    `has activation "${name.slice(0, 60)}"; supported are linear, softmax, ${Object.keys(activations).join(', ')}`,
    'Train with a supported activation, or ask for this one in an issue.',
  );
}

export const applyElementwise = (layer: Layer, activation: Elementwise, x: ValueId): ValueId =>
  layer.builder.node({ kind: 'elementwise', ...activation }, `${layer.name}/${activation.fn}`, [x]);

/** Keras 2 says alpha (default 0.3), Keras 3 says negative_slope. */
export const leakyAlpha = (config: Readonly<Record<string, unknown>>): number =>
  numberOr(config, 'negative_slope', numberOr(config, 'alpha', 0.3));
