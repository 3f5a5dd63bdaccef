import * as tf from '@tensorflow/tfjs';
import { conv1d, convTranspose1d } from './convolution.ts';
import { windowRows } from './data.ts';

export type Kind = 'dense' | 'conv';

const channels = 8;
const seed = 7;
const taps = 7;
const [rate, batch, patience] = [0.001, 32, 5];

/** A layer of a model that is trained: its weights, and what it does. */
interface Layer {
  readonly weights: tf.Variable<tf.Rank>;
  readonly bias: tf.Variable<tf.Rank>;
  apply(x: tf.Tensor, w: tf.Tensor): tf.Tensor;
  /** The same as a layer of TensorFlow.js, and the shape of its weights there. */
  readonly like: (index: number) => tf.layers.Layer;
  readonly shape: readonly number[];
  readonly relu: boolean;
  /** Share of its results that is left out while it is trained. */
  readonly dropout: number;
}

const variable = (shape: number[], n: number, fanIn: number, fanOut: number) =>
  tf.variable(tf.randomUniform(shape, -Math.sqrt(6 / (fanIn + fanOut)), Math.sqrt(6 / (fanIn + fanOut)), 'float32', seed + n));

const first = (index: number, inputShape: number[]) => (index === 0 ? { inputShape } : {});

function dense(n: number, from: number, units: number, relu: boolean): Layer {
  return {
    weights: variable([from, units], n, from, units),
    bias: tf.variable(tf.zeros([units])),
    apply: (x, w) => (x as tf.Tensor2D).matMul(w as tf.Tensor2D),
    like: () => tf.layers.dense({ units, activation: relu ? 'relu' : 'linear' }),
    shape: [from, units],
    relu,
    dropout: 0,
  };
}

interface Convolution {
  readonly from: number;
  readonly filters: number;
  readonly stride: number;
  readonly transposed: boolean;
  readonly relu: boolean;
  readonly dropout: number;
}

function convolution(n: number, { from, filters, stride, transposed, relu, dropout }: Convolution): Layer {
  const shape = transposed ? [taps, filters, from] : [taps, from, filters];
  const parts = (index: number) => ({
    ...first(index, [windowRows, 1, channels]),
    filters,
    kernelSize: [taps, 1] as [number, number],
    strides: [stride, 1] as [number, number],
    padding: 'same' as const,
    activation: relu ? ('relu' as const) : ('linear' as const),
  });
  return {
    weights: variable(shape, n, taps * from, taps * filters),
    bias: tf.variable(tf.zeros([filters])),
    apply: (x, w) => (transposed ? convTranspose1d : conv1d)(x as tf.Tensor3D, w as tf.Tensor3D, stride),
    like: (index) => (transposed ? tf.layers.conv2dTranspose(parts(index)) : tf.layers.conv2d(parts(index))),
    shape: [taps, 1, ...shape.slice(1)],
    relu,
    dropout,
  };
}

/** Autoencoders of windows of 60 standardised rows. */
const builders: Readonly<Record<Kind, () => readonly Layer[]>> = {
  dense: () => {
    const size = windowRows * channels;
    return [dense(1, size, 32, true), dense(2, 32, 8, true), dense(3, 8, 32, true), dense(4, 32, size, false)];
  },
  // The benchmark's own Conv-AE (core/Conv_AE.py), but with a reconstruction of each channel: its last layer has one filter, which all eight
  // channels are compared with.
  conv: () => {
    const up = { stride: 2, transposed: true, relu: true };
    const down = { stride: 2, transposed: false, relu: true };
    return [
      convolution(1, { ...down, from: channels, filters: 32, dropout: 0.2 }),
      convolution(2, { ...down, from: 32, filters: 16, dropout: 0 }),
      convolution(3, { ...up, from: 16, filters: 16, dropout: 0.2 }),
      convolution(4, { ...up, from: 16, filters: 32, dropout: 0 }),
      convolution(5, { from: 32, filters: channels, stride: 1, transposed: true, relu: false, dropout: 0 }),
    ];
  },
};

/** `dropouts`: a seed for each, while it is trained. */
const forward = (layers: readonly Layer[], x: tf.Tensor, dropouts: (() => number) | null): tf.Tensor =>
  layers.reduce((y, { weights, bias, apply, relu, dropout }) => {
    const sum = apply(y, weights).add(bias);
    const active = relu ? sum.relu() : sum;
    return dropout > 0 && dropouts !== null ? tf.dropout(active, dropout, undefined, dropouts()) : active;
  }, x);

/** Numbers that look random, the same on each run (xorshift32). */
function numbers(start: number): () => number {
  let state = start;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function shuffled(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * Trains on standardised windows, f32[n x 60 x 8]: mean squared error, Adam, until the last tenth of them has not been reconstructed better for five
 * epochs. The same windows give the same weights.
 */
export function train(kind: Kind, windows: Float32Array, epochs: number): tf.Sequential {
  const layers = builders[kind]();
  const count = windows.length / windowRows / channels;
  const shape = kind === 'conv' ? [count, windowRows, channels] : [count, windowRows * channels];
  const all = tf.tensor(windows, shape);
  const known = Math.floor(0.9 * count);
  const part = (from: number, length: number): tf.Tensor => all.slice(from, length);
  const [learnt, left] = [part(0, known), part(known, count - known)];
  const optimizer = tf.train.adam(rate);
  const variables = layers.flatMap(({ weights, bias }) => [weights, bias]);
  const next = numbers(20_261_126);
  let [best, since] = [Infinity, 0];
  for (let epoch = 0; epoch < epochs && since < patience; epoch++) {
    const order = shuffled(known, next);
    for (let at = 0; at < known; at += batch) {
      tf.tidy(() => {
        const x = learnt.gather(tf.tensor1d(order.slice(at, at + batch), 'int32'));
        optimizer.minimize(() => tf.losses.meanSquaredError(x, forward(layers, x, next)).asScalar(), false, variables);
      });
    }
    const loss = tf.tidy(() => forward(layers, left, null).sub(left).square().mean().dataSync()[0]!);
    since = loss < best ? 0 : since + 1;
    best = Math.min(best, loss);
  }
  const model = asSequential(layers, kind);
  tf.dispose([all, learnt, left, ...variables]);
  optimizer.dispose();
  return model;
}

/** The trained layers as a model of [60 x 1 x 8]. */
function asSequential(layers: readonly Layer[], kind: Kind): tf.Sequential {
  const shape = [windowRows, 1, channels];
  const model = tf.sequential();
  if (kind === 'dense') model.add(tf.layers.flatten({ inputShape: shape }));
  layers.forEach(({ like }, index) => model.add(like(index)));
  if (kind === 'dense') model.add(tf.layers.reshape({ targetShape: shape }));
  const trained = layers.flatMap(({ weights, bias, shape: like }) => [weights.reshape([...like]), bias.clone()]);
  model.setWeights(trained);
  tf.dispose(trained);
  return model;
}

/** The trained model as the files of TensorFlow.js, in memory. */
export async function filesOf(model: tf.Sequential, name: string) {
  let json = '';
  let weights = new Uint8Array();
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      weights = new Uint8Array(weightData as ArrayBuffer);
      json = JSON.stringify({
        format: 'layers-model',
        modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return { name, bytes: new TextEncoder().encode(json), sibling: async () => weights };
}
