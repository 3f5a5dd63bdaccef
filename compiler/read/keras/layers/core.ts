import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import { binary, reshape, shapeOf, transpose } from '../../compose.ts';
import { applyActivation, namesOfClasses, softmaxAlong, withLayerDefaults } from '../activations.ts';
import { booleanOr, get, numberOr, textOr } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Row, Rows } from '../row.ts';

/** What training alone needs, and names. */
const asItIs: Row = (layer) => layer.input;

export const core: Rows = {
  InputLayer: asItIs,
  Dense: dense,
  EinsumDense: einsumDense,
  Activation: (layer) => applyActivation(layer, get(layer.config, 'activation'), layer.input),
  ReLU: activationLayer,
  LeakyReLU: activationLayer,
  ELU: activationLayer,
  Softmax: (layer) => softmaxAlong(layer, layer.input, get(layer.config, 'axis') ?? -1),
  ThresholdedReLU: (layer) =>
    layer.emit({ kind: 'elementwise', fn: 'thresholdedRelu', parameters: [numberOr(layer.config, 'theta', 1)] }, [layer.input]),
  PReLU: prelu,
  Identity: asItIs,
  Dropout: asItIs,
  AlphaDropout: asItIs,
  SpatialDropout1D: asItIs,
  SpatialDropout2D: asItIs,
  SpatialDropout3D: asItIs,
  GaussianDropout: asItIs,
  GaussianNoise: asItIs,
  ActivityRegularization: asItIs,
};

/** y = x * kernel + bias along the last axis. kernel: [in x out] */
export function denseOver(layer: Layer, x: ValueId, kernel: ValueId, bias: ValueId): ValueId {
  return layer.emit({ kind: 'dense', activation: null }, [x, transpose(layer, kernel, [1, 0]), bias]);
}

/** kernel: [in x units], bias: [units] */
function dense(layer: Layer): ValueId {
  const usesBias = booleanOr(layer.config, 'use_bias', true);
  const weights = layer.weights(['kernel', usesBias ? 'bias' : null]);
  const x = layer.input;
  const units = numberOr(layer.config, 'units', 0);
  const kernel = weights.constant('kernel', [shapeOf(layer, x).at(-1)!, units]);
  return applyActivation(layer, get(layer.config, 'activation'), denseOver(layer, x, kernel, weights.bias(units, usesBias)));
}

/**
 * A dense layer over several trailing axes: `abc,cde->abde`. The letters that x and the kernel share are the last of x and the
 * first of the kernel. kernel: [...shared x ...new], bias: [...new]
 */
function einsumDense(layer: Layer): ValueId {
  const equation = textOr(layer.config, 'equation', '').replaceAll(' ', '');
  const [, left, right, output] = /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(equation) ?? [];
  const shared = [...(right ?? '')].filter((letter) => left?.includes(letter)).join('');
  const added = right?.slice(shared.length);
  if (left === undefined || shared === '' || !left.endsWith(shared) || `${left.slice(0, -shared.length)}${added}` !== output) {
    throw layer.refuse(`the equation "${equation.slice(0, 60)}"`);
  }
  const axes = get(layer.config, 'bias_axes');
  if (axes !== null && axes !== undefined && axes !== added) throw layer.refuse(`bias_axes "${String(axes).slice(0, 60)}"`);
  const x = layer.input;
  const shape = shapeOf(layer, x);
  const outputs = [get(layer.config, 'output_shape') ?? []].flat().map(Number).slice(-added!.length);
  const depth = sizeOf(shape.slice(-shared.length));
  const width = sizeOf(outputs);
  const weights = layer.weights(['kernel', axes === added ? 'bias' : null]);
  const flat = reshape(layer, x, [...shape.slice(0, -shared.length), depth]);
  const sum = denseOver(layer, flat, weights.constant('kernel', [depth, width]), weights.bias(width, axes === added));
  const result = reshape(layer, sum, [...shape.slice(0, -shared.length), ...outputs]);
  return applyActivation(layer, get(layer.config, 'activation'), result);
}

function activationLayer(layer: Layer): ValueId {
  const { kind, config } = layer;
  const [slope, threshold] = [numberOr(config, 'negative_slope', 0), numberOr(config, 'threshold', 0)];
  const maximum = get(config, 'max_value');
  if (kind === 'ReLU' && [slope !== 0, threshold !== 0, typeof maximum === 'number'].filter(Boolean).length > 1) {
    throw layer.error(
      `has threshold ${threshold}, negative_slope ${slope} and max_value ${String(maximum)} together`,
      'Use a plain ReLU, a LeakyReLU, or a ReLU with max_value alone.',
    );
  }
  const activation = { class_name: namesOfClasses[kind]!, config: { ...withLayerDefaults(kind, config), name: undefined } };
  return applyActivation(layer, activation, layer.input);
}

/** alpha: the shape of x without the batch, 1 along shared_axes. */
function prelu(layer: Layer): ValueId {
  const x = layer.input;
  const [, ...shape] = shapeOf(layer, x);
  const shared = new Set([get(layer.config, 'shared_axes') ?? []].flat().map(Number));
  const slopes = shape.map((extent, axis) => (shared.has(axis + 1) ? 1 : extent));
  return binary(layer, 'prelu', x, layer.weights(['alpha']).constant('alpha', slopes));
}
