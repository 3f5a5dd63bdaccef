import { readFileSync } from 'node:fs';
import { denseLayers, type DenseLayer } from './models/layers.ts';
import { compileGraph } from '../../compiler/compile.ts';
import { settle } from '../../compiler/options.ts';
import { floatGraphBuilder, evaluate, type FloatGraph } from '../../compiler/ops/float-graph.ts';
import { dynamicOnnx, floatOnnx, qdqOnnx } from './models/onnx-writer.ts';
import { floatTflite, int8Tflite } from './models/tflite-writer.ts';

/** A dense autoencoder in the forms that the runtimes take, and windows to score. */
export interface Workload {
  readonly name: string;
  readonly size: number;
  readonly layers: readonly DenseLayer[];
  /** f32[count x size] */
  readonly windows: Float32Array;
  /** Their reconstructions by the float reference, f32[count x size] */
  readonly reference: Float32Array;
  readonly onnx: { readonly fp32: Uint8Array; readonly qdq: Uint8Array; readonly dynamic: Uint8Array };
  /** With a batch of one; models/tflite-batch.ts gives others. */
  readonly tflite: { readonly fp32: Uint8Array; readonly int8: Uint8Array };
  /** Least correlation of the window scores of models with per-tensor int8 weights with those of the float reference. */
  readonly leastPerTensor: number;
  readonly artifact: Uint8Array;
}

export const workloads = { ad01, wide } as const;

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
    layers,
    windows,
    reference: reconstruct(layers, windows),
    onnx: {
      fp32: file('peers/ad01_fp32.onnx'),
      qdq: file('peers/ad01_qdq_u8s8_f.onnx'),
      dynamic: file('peers/ad01_dynint8.onnx'),
    },
    tflite: { fp32: file('ad01_fp32.tflite'), int8: file('peers/model_ToyCar_quant_fullint.tflite') },
    // Per-tensor weights cost ad01 its score whichever runtime runs the file: 0.95 to 0.96 in onnxruntime-web,
    // onnxruntime-node and LiteRT alike. The reconstructions tell a runtime that computes something else.
    leastPerTensor: 0.9,
    artifact: await compileLayers('ad01', layers, windows),
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
  const ranges = activationRanges(layers, windows, 1024);
  return {
    name: 'wide',
    size: 1024,
    layers,
    windows,
    reference: reconstruct(layers, windows),
    onnx: { fp32: floatOnnx(layers), qdq: qdqOnnx(layers, ranges), dynamic: dynamicOnnx(layers) },
    tflite: { fp32: floatTflite(layers), int8: int8Tflite(layers, ranges) },
    leastPerTensor: 0.99,
    artifact: await compileLayers('wide', layers, windows),
  };
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

/** Reconstructions of all windows by the float reference, f32[count x size]. */
function reconstruct(layers: readonly DenseLayer[], windows: Float32Array): Float32Array {
  const graph = graphOf(layers);
  const size = layers[0]!.depth;
  const outputs = new Float32Array(windows.length);
  for (let at = 0; at < windows.length; at += size) {
    const values = evaluate(graph, [{ shape: [1, size], data: windows.subarray(at, at + size) }]);
    outputs.set(values.get(graph.outputs[0]!)!.data, at);
  }
  return outputs;
}

/** Least and greatest value of each activation over some windows, the input first. */
function activationRanges(layers: readonly DenseLayer[], windows: Float32Array, size: number): [number, number][] {
  const graph = graphOf(layers);
  const ids = [graph.inputs[0]!, ...graph.nodes.map(({ output }) => output)];
  const ranges = ids.map((): [number, number] => [0, 0]);
  for (let window = 0; window < 32; window++) {
    const values = evaluate(graph, [{ shape: [1, size], data: windows.subarray(window * size, (window + 1) * size) }]);
    ids.forEach((id, i) => {
      for (const value of values.get(id)!.data) ranges[i] = [Math.min(ranges[i]![0], value), Math.max(ranges[i]![1], value)];
    });
  }
  return ranges;
}

async function compileLayers(name: string, layers: readonly DenseLayer[], windows: Float32Array): Promise<Uint8Array> {
  const size = layers[0]!.depth;
  const model = { name: `${name}.onnx`, bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
  const data = { name, data: windows, count: windows.length / size, size, columns: null };
  const { artifact } = await compileGraph(graphOf(layers), 'bench', settle({ model, data, allowPoorFit: true }));
  return artifact;
}
