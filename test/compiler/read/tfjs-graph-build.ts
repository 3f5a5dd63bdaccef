import * as tf from '@tensorflow/tfjs';
import { sizeOf, type Shape, type Tensor } from '../../../compiler/ir/tensor.ts';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { inputShapeOf, numbers } from './layers-models.ts';

/** A trained tensor of a graph: numbers of a shape, or whole numbers as they stand. */
export type Trained =
  | { readonly shape: Shape; readonly from?: number }
  | { readonly ints: readonly number[]; readonly scalar?: true };

export interface GraphParts {
  /** Of the input "x", without the batch. */
  readonly shape: Shape;
  readonly trained?: Readonly<Record<string, Trained>>;
  /** Name -> [operator, inputs, attributes]; the last one is the output, unless one is called "y". */
  readonly nodes: Readonly<Record<string, readonly [op: string, inputs: readonly string[], attributes?: object]>>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Attributes as JSON has them: numbers are whole, texts are bytes. */
export const attributes = {
  ints: (list: readonly number[]) => ({ list: { i: list.map(String) } }),
  int: (value: number) => ({ i: String(value) }),
  float: (value: number) => ({ f: value }),
  text: (value: string) => ({ s: base64(value) }),
  texts: (list: readonly string[]) => ({ list: { s: list.map(base64) } }),
  flag: (value: boolean) => ({ b: value }),
};

const values = (
  name: string,
  trained: Trained,
): { readonly shape: Shape; readonly data: readonly number[]; readonly dtype: string } => {
  if ('ints' in trained)
    return { shape: trained.scalar === true ? [] : [trained.ints.length], data: trained.ints, dtype: 'int32' };
  const seed = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0;
  const { from } = trained;
  const data = [...numbers(sizeOf(trained.shape), seed)].map((value) => (from === undefined ? value : from + (value + 1) / 2));
  return { shape: trained.shape, data, dtype: 'float32' };
};

/** A model.json and its one shard. */
export function buildGraph({ shape, trained = {}, nodes }: GraphParts): { readonly json: object; readonly shard: Uint8Array } {
  const dims = { dim: [-1, ...shape].map((size) => ({ size: String(size) })) };
  const constants = Object.entries(trained).map(([name, value]) => ({ name, ...values(name, value) }));
  const output = 'y' in nodes ? 'y' : Object.keys(nodes).at(-1)!;
  const node = [
    { name: 'x', op: 'Placeholder', attr: { shape: { shape: dims }, dtype: { type: 'DT_FLOAT' } } },
    ...constants.map(({ name, dtype }) => ({
      name,
      op: 'Const',
      attr: { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } },
    })),
    ...Object.entries(nodes).map(([name, [op, input, attr]]) => ({ name, op, input, attr: attr ?? {} })),
  ];
  const bytes = constants.map(
    ({ data, dtype }) => new Uint8Array((dtype === 'int32' ? Int32Array : Float32Array).from(data).buffer),
  );
  const json = {
    format: 'graph-model',
    signature: {
      inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: dims } },
      outputs: { output_0: { name: `${output}:0`, dtype: 'DT_FLOAT' } },
    },
    modelTopology: { node, library: {}, versions: {} },
    weightsManifest: [
      { paths: ['shard.bin'], weights: constants.map(({ name, shape: extents, dtype }) => ({ name, shape: extents, dtype })) },
    ],
  };
  return { json, shard: Buffer.concat(bytes) };
}

export const readGraph = (json: object, shard: Uint8Array): ReturnType<typeof readModel> =>
  readModel({
    name: 'model.json',
    bytes: new TextEncoder().encode(JSON.stringify(json)),
    sibling: () => Promise.resolve(shard),
  });

/** Our float reference of a built graph, on numbers that are the same in every run. */
export async function ours(parts: GraphParts): Promise<{ readonly x: Tensor; readonly y: Tensor }> {
  const { json, shard } = buildGraph(parts);
  const { graph } = await readGraph(json, shard);
  const shape = inputShapeOf(graph);
  const x = { shape, data: numbers(sizeOf(shape), 7) };
  return { x, y: evaluate(graph, [x]).get(graph.outputs[0]!)! };
}

/** The same by TensorFlow.js. */
export async function theirs(parts: GraphParts, x: Tensor): Promise<tf.Tensor> {
  const { json, shard } = buildGraph(parts);
  const { modelTopology, signature, weightsManifest } = json as {
    modelTopology: tf.io.ModelArtifacts['modelTopology'];
    signature: object;
    weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[];
  };
  const artifacts = { modelTopology, signature, format: 'graph-model', weightSpecs: weightsManifest[0]!.weights };
  const weightData = Uint8Array.from(shard).buffer;
  const model = await tf.loadGraphModel(tf.io.fromMemory({ ...artifacts, weightData }));
  return model.execute(tf.tensor(x.data, [...x.shape])) as tf.Tensor;
}
