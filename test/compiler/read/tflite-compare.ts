import { expect } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { typeOf } from '../../../compiler/ir/graph.ts';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readTflite } from '../../../compiler/read/tflite/read.ts';
import { relativeDifference } from '../../data.ts';
import { loadLite } from '../../litert.ts';
import { standardisedInputs } from './gearbox.ts';
import { buildTflite, type Field, type TensorParts, type TfliteParts } from './tflite-build.ts';
import { random } from '../../random.ts';

/** BuiltinOptions: what the schema counts each table of options as. */
export const optionTypes = {
  conv: 1,
  depthwise: 2,
  pool: 5,
  fullyConnected: 8,
  softmax: 9,
  concatenation: 10,
  add: 11,
  l2Norm: 12,
  resizeBilinear: 15,
  reshape: 17,
  spaceToDepth: 19,
  mul: 21,
  gather: 23,
  reducer: 27,
  sub: 28,
  div: 29,
  squeeze: 30,
  stridedSlice: 32,
  split: 35,
  cast: 37,
  transposeConv: 49,
  pack: 59,
  unpack: 64,
  lstm: 71,
  resizeNearest: 74,
  leakyRelu: 75,
  mirrorPad: 77,
  splitV: 79,
  depthToSpace: 94,
  batchMatmul: 101,
  gelu: 116,
} as const;

/** Both signs, no two values alike. */
export const series = (length: number, step = 0.37): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + i * step));

export const floats = (...shape: readonly number[]): TensorParts => ({
  shape,
  data: series(shape.reduce((size, extent) => size * extent, 1)),
});

/** int32, as shapes and axes are. */
export const whole = (...values: readonly number[]): TensorParts => ({
  shape: [values.length],
  type: 2,
  data: Int32Array.from(values),
});

/** One operator between x and y. */
export interface Case {
  readonly code: number;
  readonly version?: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly options?: readonly [type: keyof typeof optionTypes, ...fields: readonly Field[]];
  /** Its other operands, in their order behind x; '' leaves an optional one out. */
  readonly operands?: readonly (TensorParts | '' | 'x')[];
  /** Where x stands among them. */
  readonly at?: number;
  /** Which of several results is y, and the shapes of the others. */
  readonly others?: { readonly before: readonly (readonly number[])[]; readonly behind: readonly (readonly number[])[] };
}

export function partsOf({
  code,
  version = 1,
  x,
  y,
  options,
  operands = [],
  at = 0,
  others = { before: [], behind: [] },
}: Case): TfliteParts {
  const tensors: Record<string, TensorParts> = { x: { shape: x }, y: { shape: y } };
  const names = operands.map((operand, i) => {
    if (typeof operand === 'string') return operand;
    tensors[`c${i}`] = operand;
    return `c${i}`;
  });
  const results = [...others.before.map((_, i) => `before${i}`), 'y', ...others.behind.map((_, i) => `behind${i}`)];
  others.before.forEach((shape, i) => (tensors[`before${i}`] = { shape }));
  others.behind.forEach((shape, i) => (tensors[`behind${i}`] = { shape }));
  const [type, ...fields] = options ?? [];
  return {
    tensors,
    operators: [
      {
        code,
        version,
        inputs: names.toSpliced(at, 0, 'x'),
        output: results[0]!,
        moreOutputs: results.slice(1),
        ...(type === undefined ? {} : { options: { type: optionTypes[type], fields } }),
      },
    ],
  };
}

/** Features of real recordings, standardised, one recording behind the other: both signs, as activations need them. */
const recorded = Float32Array.from(standardisedInputs(16).flatMap((row) => [...row]));
export const inputsOf = (size: number, count = 8): Float32Array[] =>
  Array.from({ length: count }, (_, i) => recorded.slice(i * 48, i * 48 + size));

export const readBuilt = (bytes: Uint8Array): Promise<FloatGraph> =>
  readTflite({ name: 'built.tflite', bytes, sibling: () => Promise.reject(new Error('no neighbours')) });

export async function ours(model: Uint8Array, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const graph = await readBuilt(model);
  const { shape } = typeOf(graph, graph.inputs[0]!);
  return inputs.map((data) => evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data);
}

export async function litert(model: Uint8Array, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const lite = await loadLite(model);
  const outputs: Float32Array[] = [];
  for (const input of inputs) outputs.push(await lite.run(input));
  lite.dispose();
  return outputs;
}

/** Throws unless LiteRT gives the same, to 1e-5, on real inputs. */
export async function expectSameAsLiteRt(parts: TfliteParts): Promise<void> {
  const model = buildTflite(parts);
  const size = parts.tensors['x']!.shape.reduce((product, extent) => product * extent, 1);
  const inputs = inputsOf(size);
  const [found, expected] = [await ours(model, inputs), await litert(model, inputs)];
  expect(found[0]!.length).toBe(expected[0]!.length);
  expect(relativeDifference(found, expected)).toBeLessThan(1e-5);
}

/** Throws unless a model with damaged bytes and numbers, 100 times, reads or is refused by an InputError that names the file. */
export async function expectReadOrRefused(parts: TfliteParts): Promise<void> {
  const model = buildTflite(parts);
  const next = random(model.length);
  for (let run = 0; run < 100; run++) {
    const damaged = Uint8Array.from(model);
    const view = new DataView(damaged.buffer);
    for (let flips = 1 + (next() % 3); flips > 0; flips--) {
      const at = next() % (model.length - 4);
      if (run % 2 === 0) damaged[at] = next() & 0xff;
      else view.setInt32(at & ~3, (next() | 0) >> (next() % 32), true);
    }
    const outcome = await readBuilt(damaged).then(
      () => 'read',
      (error: unknown) =>
        error instanceof InputError && error.where.includes('built.tflite') ? 'refused' : `${(error as Error).stack}`,
    );
    expect(['read', 'refused'], `run ${run}`).toContain(outcome);
  }
}
