import * as ort from 'onnxruntime-web';
import { formatShape, sizeOf, type Tensor } from '../../../compiler/ir/tensor.ts';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { simplify } from '../../../compiler/simplify/index.ts';
import { relativeDifference } from '../../data.ts';
import { buildOnnx, floats, type Initializer, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';

ort.env.wasm.numThreads = 1;

/** Title, model, shape of its input x. */
export type Case = readonly [title: string, parts: OnnxParts, shape: readonly number[]];

export const text = (value: string): { readonly text: string } => ({ text: value });
export const float = (value: number): { readonly float: number } => ({ float: value });

/** A smooth sequence of both signs: weights and inputs of tests. */
export const wave = (length: number, step = 0.37, phase = 1): number[] =>
  Array.from({ length }, (_, i) => Math.sin(phase + i * step) * (1 - (i % 7) / 10));

export const weights = (name: string, dims: readonly number[], step = 0.53): Initializer =>
  floats(name, dims, wave(sizeOf(dims), step));

/** One node from x to y. */
export const single = (
  op: string,
  attributes: NonNullable<OnnxNodeParts['attributes']> = {},
  initializers: readonly Initializer[] = [],
  opset = 18,
): OnnxParts => ({
  nodes: [{ op, inputs: ['x', ...initializers.map(({ name }) => name)], output: 'y', attributes }],
  initializers,
  opset,
});

/** Outputs of onnxruntime-web on inputs of a shape. */
export async function runOrt(parts: OnnxParts, inputs: readonly Float32Array[], shape: readonly number[]): Promise<Tensor[]> {
  const session = await ort.InferenceSession.create(buildOnnx({ ...parts, inputs: { x: shape } }));
  const outputs: Tensor[] = [];
  for (const input of inputs) {
    const { y } = await session.run({ x: new ort.Tensor('float32', input, shape) });
    outputs.push({ shape: y!.dims, data: y!.data as Float32Array });
  }
  await session.release();
  return outputs;
}

/**
 * How far the reader's graph, as it was read and simplified, is from onnxruntime-web on an input of a shape. `oracle`: another
 * model that means the same.
 */
export async function distanceFromOrt(parts: OnnxParts, shape: readonly number[], oracle: OnnxParts = parts): Promise<number> {
  const bytes = buildOnnx({ ...parts, inputs: { x: shape } });
  const x = Float32Array.from(wave(sizeOf(shape), 0.71, 0.3));
  const [expected] = await runOrt(oracle, [x], shape);
  const read = await readOnnx({ name: 'built.onnx', bytes, sibling: () => Promise.reject(new Error('no neighbours')) });
  const found = [read, simplify(read).graph].map((graph) => {
    const output = evaluate(graph, [{ shape, data: x }]).get(graph.outputs[0]!)!;
    const isSame = formatShape(output.shape) === formatShape(expected!.shape);
    return isSame ? relativeDifference([output.data], [expected!.data]) : Infinity;
  });
  return Math.max(...found);
}
