import * as tf from '@tensorflow/tfjs';
import { typeOf } from '../../../compiler/ir/graph.ts';
import { sizeOf, type Shape } from '../../../compiler/ir/tensor.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';

/** Numbers between -1 and 1 that are the same in every run. */
export function numbers(n: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A TF.js model with random weights: also biases, which start at zero, and variances, which must not be negative. */
export function trained(model: tf.LayersModel): tf.LayersModel {
  const values = model.getWeights().map((weight, i) => {
    const scale = 1 / Math.sqrt(Math.max(1, weight.size / (weight.shape.at(-1) ?? 1)));
    const isVariance = model.weights[i]!.name.includes('variance');
    return tf.tensor(
      numbers(weight.size, i + 1).map((value) => (isVariance ? 1.1 + value : value * Math.max(scale, 0.2))),
      weight.shape,
    );
  });
  model.setWeights(values);
  return model;
}

/** Layers one after another. */
export const chain = (...layers: readonly tf.layers.Layer[]): tf.LayersModel => tf.sequential({ layers: [...layers] });

/** The files that TF.js saves of a model: model.json and weights.bin. */
export async function saved(model: tf.LayersModel): Promise<{ readonly json: string; readonly weights: Uint8Array }> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((made) => {
      artifacts = made;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  const { modelTopology, weightSpecs, weightData } = artifacts!;
  const json = { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
  return { json: JSON.stringify(json), weights: new Uint8Array(weightData as ArrayBuffer) };
}

/** A model as TF.js saves it, read by us. */
export async function readBack(model: tf.LayersModel): Promise<FloatGraph> {
  const { json, weights } = await saved(model);
  const { graph } = await readModel({
    name: 'model.json',
    bytes: new TextEncoder().encode(json),
    sibling: () => Promise.resolve(weights),
  });
  return graph;
}

export const inputShapeOf = (graph: FloatGraph): Shape => typeOf(graph, graph.inputs[0]!).shape;

/** ||ours - TF.js|| / ||TF.js|| of a model with random weights on random input. */
export async function differenceFromTfjs(model: tf.LayersModel): Promise<number> {
  const graph = await readBack(trained(model));
  const shape = inputShapeOf(graph);
  const data = numbers(sizeOf(shape), 7);
  const ours = evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!;
  const output = tf.tidy(() => model.predict(tf.tensor(data, [...shape])) as tf.Tensor);
  const expected = output.dataSync();
  if (String(ours.shape) !== String(output.shape)) return Infinity;
  let [difference, magnitude] = [0, 0];
  expected.forEach((value, i) => {
    difference += (ours.data[i]! - value) ** 2;
    magnitude += value ** 2;
  });
  return Math.sqrt(difference / magnitude);
}
