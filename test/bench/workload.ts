import { readFileSync } from 'node:fs';
import { digits } from '../../examples/digits/digits.ts';
import { openSource } from '../../compiler/files.ts';
import { typeOf, valueId, type Node, type ValueId } from '../../compiler/ir/graph.ts';
import { sizeOf, type Tensor } from '../../compiler/ir/tensor.ts';
import { readModel } from '../../compiler/read/index.ts';
import { colourImages } from '../images.ts';
import { simplify } from '../../compiler/simplify/index.ts';
import { withFloatEnds } from '../compiler/read/tflite-float-ends.ts';
import { convTflite } from './models/conv-tflite.ts';
import { graphOnnx } from './models/graph-onnx.ts';
import { lstmOnnx } from './models/lstm-onnx.ts';
import { denseLayers, type DenseLayer } from './models/layers.ts';
import { compileGraph } from '../../compiler/compile.ts';
import { settle } from '../../compiler/options.ts';
import { floatGraphBuilder, evaluate, type FloatGraph, type Op } from '../../compiler/ops/float-graph.ts';
import { dynamicOnnx, floatOnnx, qdqOnnx } from './models/onnx-writer.ts';
import { floatTflite, int8Tflite } from './models/tflite-writer.ts';

/** An autoencoder in the forms that the runtimes take, and windows to score. */
export interface Workload {
  readonly name: string;
  readonly size: number;
  /** Extents of a window as ONNX has them, without the batch. */
  readonly shape: readonly number[];
  /** Batches that are timed. */
  readonly batches: readonly number[];
  /** null: it is no chain of dense layers. */
  readonly layers: readonly DenseLayer[] | null;
  /** f32[count x size] */
  readonly windows: Float32Array;
  /** Their reconstructions by the float reference, f32[count x size] */
  readonly reference: Float32Array;
  /** What the peers give by the float reference, f32[count x outputs], of a model that is no autoencoder; else null. */
  readonly peers: { readonly outputs: number; readonly reference: Float32Array } | null;
  readonly onnx: { readonly fp32: Uint8Array; readonly qdq: Uint8Array | null; readonly dynamic: Uint8Array | null };
  /** With a batch of one; models/tflite-batch.ts gives others. */
  readonly tflite: { readonly fp32: Uint8Array; readonly int8: Uint8Array | null } | null;
  /** Least correlation of the window scores of models with per-tensor int8 weights with those of the float reference. */
  readonly leastPerTensor: number;
  readonly artifact: Uint8Array;
}

export const workloads = { ad01, wide, conv28, resnet8, lstm } as const;

const denseBatches = [1, 16, 196];

/** Windows of a workload, and so the largest batch. */
export const windowCount = 196;

const file = (name: string): Uint8Array => readFileSync(`test/models/ad01/${name}`);

/** MLPerf Tiny's anomaly detection model and its recorded clip: 196 windows of 640 values. */
async function ad01(): Promise<Workload> {
  const clip = file('normal_id_01_00000000_hist_librosa.bin');
  const values = new Float32Array(clip.slice().buffer);
  const windows = new Float32Array(windowCount * 640);
  for (let i = 0; i < windowCount; i++) windows.set(values.subarray(i * 128, i * 128 + 640), i * 640);
  const layers = await denseLayers('test/models/ad01/ad01_fp32.tflite');
  return {
    name: 'ad01',
    size: 640,
    shape: [640],
    batches: denseBatches,
    layers,
    windows,
    reference: reconstruct(graphOf(layers), windows),
    onnx: {
      fp32: file('peers/ad01_fp32.onnx'),
      qdq: file('peers/ad01_qdq_u8s8_f.onnx'),
      dynamic: file('peers/ad01_dynint8.onnx'),
    },
    tflite: { fp32: file('ad01_fp32.tflite'), int8: file('peers/model_ToyCar_quant_fullint.tflite') },
    // Per-tensor weights cost ad01 its score whichever runtime runs the file: 0.95 to 0.96 in onnxruntime-web,
    // onnxruntime-node and LiteRT alike. The reconstructions tell a runtime that computes something else.
    peers: null,
    leastPerTensor: 0.9,
    artifact: await compileFor('ad01', graphOf(layers), windows),
  };
}

/** 1024-512-256-64-256-512-1024, seeded random weights: larger than the second-level cache of many machines. */
async function wide(): Promise<Workload> {
  const widths = [1024, 512, 256, 64, 256, 512, 1024];
  const next = gaussian(20_261_123);
  const layers = widths.slice(1).map((rows, i): DenseLayer => {
    const depth = widths[i]!;
    const spread = Math.sqrt(2 / depth);
    const weights = Float32Array.from({ length: rows * depth }, () => next() * spread);
    return { rows, depth, weights, bias: Float32Array.from({ length: rows }, () => next() * 0.1), relu: i < widths.length - 2 };
  });
  const windows = Float32Array.from({ length: windowCount * 1024 }, next);
  const ranges = [...activationRanges(graphOf(layers), windows).values()];
  return {
    name: 'wide',
    size: 1024,
    shape: [1024],
    batches: denseBatches,
    layers,
    windows,
    reference: reconstruct(graphOf(layers), windows),
    onnx: { fp32: floatOnnx(layers), qdq: qdqOnnx(layers, ranges), dynamic: dynamicOnnx(layers) },
    tflite: { fp32: floatTflite(layers), int8: int8Tflite(layers, ranges) },
    peers: null,
    leastPerTensor: 0.99,
    artifact: await compileFor('wide', graphOf(layers), windows),
  };
}

/**
 * A convolutional autoencoder of 28 x 28 images with seeded random weights: 3 x 3 kernels, 16 and 32 channels at half and a
 * quarter of the size, and transposed convolutions back. The images are handwritten digits.
 */
async function conv28(): Promise<Workload> {
  const windows = Float32Array.from(
    digits()
      .slice(0, windowCount)
      .flatMap((image) => [...image]),
  );
  const graph = simplify(convolutions()).graph;
  const ranges = activationRanges(graph, windows);
  return {
    name: 'conv28',
    size: 784,
    shape: [28, 28, 1],
    batches: [1],
    layers: null,
    windows,
    reference: reconstruct(graph, windows),
    onnx: { fp32: graphOnnx(graph, null), qdq: graphOnnx(graph, ranges), dynamic: null },
    tflite: { fp32: convTflite(graph, null), int8: convTflite(graph, ranges) },
    peers: null,
    leastPerTensor: 0.99,
    artifact: await compileFor('conv28', graph, windows),
  };
}

/**
 * MLPerf Tiny's ResNet-8, a classifier of 32 x 32 x 3. For us, a dense layer with random weights makes an autoencoder of it (0.2 %
 * more multiply-adds); the peers run it as it is.
 */
async function resnet8(): Promise<Workload> {
  const path = 'test/models/ic01/pretrainedResnet.tflite';
  const windows = Float32Array.from(colourImages(windowCount / 4).flatMap((image) => [...image]));
  const { graph } = simplify((await readModel(openSource(path))).graph);
  const model = withHead(graph);
  return {
    name: 'resnet8',
    size: 3072,
    shape: [32, 32, 3],
    batches: [1],
    layers: null,
    windows,
    reference: reconstruct(model, windows),
    onnx: { fp32: graphOnnx(graph, null), qdq: graphOnnx(graph, activationRanges(graph, windows)), dynamic: null },
    tflite: { fp32: readFileSync(path), int8: withFloatEnds(readFileSync('test/models/ic01/pretrainedResnet_quant.tflite')) },
    peers: { outputs: 10, reference: reconstruct(graph, windows) },
    // MLPerf's own int8 file is that far from its float one on these images, in LiteRT as in TFLite Micro.
    leastPerTensor: 0.97,
    artifact: await compileFor('resnet8', model, windows),
  };
}

/**
 * An LSTM autoencoder with seeded random weights, as large as people train them for a few sensors: 64 and 32 units, the last state
 * repeated, 32 and 64 units, a dense layer per step, over 20 steps of 5 values. The values are frames of ad01's clip.
 */
async function lstm(): Promise<Workload> {
  const [steps, channels] = [20, 5];
  const clip = new Float32Array(file('normal_id_01_00000000_hist_librosa.bin').slice().buffer);
  const count = clip.length / 128 - steps + 1;
  const windows = Float32Array.from({ length: count * steps * channels }, (_, i) => {
    const [window, step, channel] = [Math.floor(i / (steps * channels)), Math.floor(i / channels) % steps, i % channels];
    return clip[(window + step) * 128 + 24 * channel]! / 20 + 1.5;
  });
  const fp32 = lstmOnnx({ steps, channels, encoder: [64, 32], decoder: [32, 64] }, gaussian(64));
  const source = { name: 'lstm.onnx', bytes: fp32, sibling: () => Promise.reject(new Error('none')) };
  const { graph } = simplify((await readModel(source)).graph);
  return {
    name: 'lstm',
    size: steps * channels,
    shape: [steps, channels],
    batches: [1],
    layers: null,
    windows,
    reference: reconstruct(graph, windows),
    onnx: { fp32, qdq: null, dynamic: null },
    tflite: null,
    peers: null,
    leastPerTensor: 0.99,
    artifact: await compileFor('lstm', graph, windows),
  };
}

/** The model with a dense layer back to the size of its input. */
function withHead(graph: FloatGraph): FloatGraph {
  const next = gaussian(8);
  const { shape } = typeOf(graph, graph.inputs[0]!);
  const [size, outputs] = [sizeOf(shape), sizeOf(typeOf(graph, graph.outputs[0]!).shape)];
  const first = Math.max(...graph.values.keys()) + 1;
  const [w, b, y] = [valueId(first), valueId(first + 1), valueId(first + 2)];
  const tensors = new Map<ValueId, Tensor>([
    [w, { shape: [size, outputs], data: Float32Array.from({ length: size * outputs }, next) }],
    [b, { shape: [size], data: new Float32Array(size) }],
  ]);
  const values = new Map(graph.values).set(y, { id: y, name: 'head', type: { dtype: 'f32', shape: [1, size] } });
  for (const [id, tensor] of tensors) values.set(id, { id, name: 'head', type: { dtype: 'f32', shape: tensor.shape } });
  const head: Node<Op> = { op: { kind: 'dense', activation: null }, name: 'head', inputs: [graph.outputs[0]!, w, b], output: y };
  return {
    values,
    constants: new Map([...graph.constants, ...tensors]),
    inputs: graph.inputs,
    nodes: [...graph.nodes, head],
    outputs: [y],
  };
}

function convolutions(): FloatGraph {
  const next = gaussian(28);
  const builder = floatGraphBuilder('bench');
  const trained = (shape: readonly number[], spread: number): ValueId =>
    builder.constant('weights', { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => next() * spread) });
  const layer = (x: ValueId, kind: 'conv' | 'convTranspose', outputs: number): ValueId => {
    const channels = builder.type(x).shape.at(-1)!;
    const operands = [x, trained([outputs, 3, 3, channels], Math.sqrt(2 / (9 * channels))), trained([outputs], 0.1)];
    const sliding = { strides: [2, 2], dilations: [1, 1], padBegin: [0, 0], padEnd: [1, 1] };
    const common = { ...sliding, groups: 1, activation: null };
    const op = kind === 'conv' ? { kind, ...common } : { kind, ...common, outputPadding: [0, 0] };
    return builder.node(op, kind, operands);
  };
  const relu = (x: ValueId): ValueId => builder.node({ kind: 'elementwise', fn: 'relu', parameters: [] }, 'relu', [x]);
  const image = builder.input('x', [1, 28, 28, 1]);
  const code = relu(layer(relu(layer(image, 'conv', 16)), 'conv', 32));
  const output = layer(relu(layer(code, 'convTranspose', 16)), 'convTranspose', 1);
  return builder.finish([builder.node({ kind: 'elementwise', fn: 'sigmoid', parameters: [] }, 'sigmoid', [output])]);
}

/** Standard normal values by Box and Muller from a linear congruential generator. */
function gaussian(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function graphOf(layers: readonly DenseLayer[]): FloatGraph {
  const builder = floatGraphBuilder('bench');
  let x = builder.input('x', [1, layers[0]!.depth]);
  for (const [i, { rows, depth, weights, bias, relu }] of layers.entries()) {
    const w = builder.constant(`w${i}`, { shape: [rows, depth], data: weights });
    const b = builder.constant(`b${i}`, { shape: [rows], data: bias });
    x = builder.node({ kind: 'dense', activation: relu ? { fn: 'relu', parameters: [] } : null }, `dense${i}`, [x, w, b]);
  }
  return builder.finish([x]);
}

/** What a model makes of all windows by the float reference, f32[count x outputs]. */
function reconstruct(graph: FloatGraph, windows: Float32Array): Float32Array {
  const { shape } = graph.values.get(graph.inputs[0]!)!.type;
  const size = sizeOf(shape);
  const outputs = sizeOf(typeOf(graph, graph.outputs[0]!).shape);
  const results = new Float32Array((windows.length / size) * outputs);
  for (let at = 0; at < windows.length / size; at++) {
    const values = evaluate(graph, [{ shape, data: windows.subarray(at * size, (at + 1) * size) }]);
    results.set(values.get(graph.outputs[0]!)!.data, at * outputs);
  }
  return results;
}

/** Least and greatest value of each activation over some windows, the input first. */
function activationRanges(graph: FloatGraph, windows: Float32Array): Map<ValueId, [number, number]> {
  const { shape } = graph.values.get(graph.inputs[0]!)!.type;
  const size = sizeOf(shape);
  const ids = [graph.inputs[0]!, ...graph.nodes.map(({ output }) => output)];
  const ranges = new Map(ids.map((id): [ValueId, [number, number]] => [id, [0, 0]]));
  for (let window = 0; window < 32; window++) {
    const values = evaluate(graph, [{ shape, data: windows.subarray(window * size, (window + 1) * size) }]);
    for (const range of ranges) {
      for (const value of values.get(range[0])!.data) range[1] = [Math.min(range[1][0], value), Math.max(range[1][1], value)];
      ranges.set(range[0], range[1]);
    }
  }
  return ranges;
}

async function compileFor(name: string, graph: FloatGraph, windows: Float32Array): Promise<Uint8Array> {
  const size = sizeOf(graph.values.get(graph.inputs[0]!)!.type.shape);
  const model = { name: `${name}.onnx`, bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
  const data = { name, data: windows, count: windows.length / size, size, columns: null };
  const { artifact } = await compileGraph(graph, 'bench', settle({ model, data, allowPoorFit: true }));
  return artifact;
}
