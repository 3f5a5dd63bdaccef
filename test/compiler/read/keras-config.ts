import * as tf from '@tensorflow/tfjs';
import type { Shape, Tensor } from '../../../compiler/ir/tensor.ts';
import { sizeOf } from '../../../compiler/ir/tensor.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { kerasGraph } from '../../../compiler/read/keras/graph.ts';
import { weightsByPath } from '../../../compiler/read/keras/weights.ts';
import { inputShapeOf, numbers } from './layers-models.ts';

/** A layer of a Functional configuration as Keras 3 writes it. */
export interface LayerConfig {
  readonly kind: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names of the layers that it is called with; '#1' behind a name is its second output. */
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly module?: string;
}

/** A tensor of a layer, where a plain value would be taken for itself. */
export const from = (layer: string, output = 0): object => ({
  class_name: '__keras_tensor__',
  config: { shape: [null], dtype: 'float32', keras_history: [layer, 0, output] },
});

/** Weights of a shape: random numbers, the same for the same name. */
export function weight(name: string, shape: Shape): Tensor {
  return { shape, data: numbers(sizeOf(shape), [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0) };
}

/** For TensorFlow.js. */
export const tensor = ({ data, shape }: Tensor): tf.Tensor => tf.tensor(data, [...shape]);

/** { class_name, config } of a Functional model from "x" to its last layer. */
export function functional(shape: Shape, layers: Readonly<Record<string, LayerConfig>>): object {
  const input = { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_shape: [null, ...shape] }, inbound_nodes: [] };
  const rest = Object.entries(layers).map(([name, { kind, config, args, kwargs, module }]) => ({
    module: module ?? 'keras.layers',
    class_name: kind,
    name,
    config: { name, ...config },
    inbound_nodes: [{ args: args ?? [from('x')], kwargs: kwargs ?? {} }],
  }));
  const output = Object.keys(layers).at(-1);
  return {
    class_name: 'Functional',
    config: { name: 'model', layers: [input, ...rest], input_layers: ['x', 0, 0], output_layers: [[output, 0, 0]] },
  };
}

/** The graph of a configuration with weights by path. */
export const graphOf = (model: object, weights: Readonly<Record<string, Tensor>> = {}, version = 3): FloatGraph =>
  kerasGraph(
    {
      name: 'model.keras',
      model,
      weights: weightsByPath(new Map(Object.entries(weights).map(([path, value]) => [path, () => value]))),
      version,
    },
    null,
  );

/** Runs it on numbers that are the same in every run; gives those too. */
export function run(graph: FloatGraph): { readonly x: Tensor; readonly y: Tensor } {
  const shape = inputShapeOf(graph);
  const x = { shape, data: numbers(sizeOf(shape), 7) };
  return { x, y: evaluate(graph, [x]).get(graph.outputs[0]!)! };
}

/** ||found - expected|| / ||expected||, infinite where the shapes differ. */
export function difference(
  found: Tensor,
  expected: { readonly shape: readonly number[]; dataSync(): ArrayLike<number> },
): number {
  if (String(found.shape) !== String(expected.shape)) return Infinity;
  let [error, magnitude] = [0, 0];
  Array.from(expected.dataSync()).forEach((value, i) => {
    error += (found.data[i]! - value) ** 2;
    magnitude += value ** 2;
  });
  return Math.sqrt(error / magnitude);
}

/** A layer, and what it means in operators of TensorFlow.js. */
export interface MeantLayer {
  readonly shape: readonly number[];
  readonly layer: LayerConfig;
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly meaning: (x: tf.Tensor, weight: (name: string) => tf.Tensor) => tf.Tensor;
}

/** The difference between a layer as it is read and its meaning, with random weights on random input. */
export function differenceFromMeaning({ shape, layer, weights, meaning }: MeantLayer): number {
  const values = Object.fromEntries(
    Object.entries(weights ?? {}).map(([name, extents]) => {
      const { data } = weight(name, extents);
      return [name, { shape: extents, data: name === 'moving_variance' ? data.map((value) => value + 1.5) : data }];
    }),
  );
  const byPath = Object.fromEntries(Object.entries(values).map(([name, value]) => [`layer/${name}`, value]));
  const { x, y } = run(graphOf(functional(shape, { layer }), byPath));
  const expected = meaning(tensor(x), (name) => tensor(values[name]!));
  return difference(y, expected);
}
