import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { evaluate } from '../../compiler/ops/float-graph.ts';
import { readOnnxGraph } from '../../compiler/read/onnx/graph.ts';
import { decodeModel, decodeTensorProto } from '../../compiler/read/onnx/schema.ts';
import { decodeTensor, type OnnxTensor } from '../../compiler/read/onnx/tensor.ts';
import { difference } from './compare.ts';

export interface Outcome {
  readonly name: string;
  readonly op: string;
  readonly result: 'pass' | 'refused' | 'fail';
  /** Why it was refused or failed; empty for a pass. */
  readonly reason: string;
}

/** Folders of a tree, at any depth, that hold a backend test of ONNX: a model.onnx and its test_data_set_N. */
export function findCases(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'model.onnx')
    .map((path) => dirname(join(root, path)))
    .toSorted();
}

/** Runs one test through the reader and the float reference. What is not refused with an InputError must be right. */
export async function runCase(folder: string): Promise<Outcome> {
  const name = basename(folder);
  const bytes = readFileSync(join(folder, 'model.onnx'));
  const outcome = (result: Outcome['result'], reason: string): Outcome => ({ name, op: operatorOf(bytes), result, reason });
  try {
    const sets = readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'));
    if (sets.length === 0) return outcome('fail', 'has no test_data_set');
    for (const set of sets) {
      const wrong = await runSet(folder, bytes, join(folder, set));
      if (wrong !== null) return outcome('fail', wrong);
    }
    return outcome('pass', '');
  } catch (error) {
    if (error instanceof InputError) return outcome('refused', error.what);
    return outcome('fail', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** The operator that a test is about: that of its last node. */
function operatorOf(bytes: Uint8Array): string {
  try {
    return decodeModel(bytes).graph?.node.at(-1)?.opType ?? 'none';
  } catch {
    return 'unreadable';
  }
}

/** What is wrong with the outputs on one set of inputs, or null. */
async function runSet(folder: string, bytes: Uint8Array, set: string): Promise<string | null> {
  const model = decodeModel(bytes).graph;
  const constants = new Set(model?.initializer.map(({ name }) => name));
  const names = (model?.input ?? []).map(({ name }) => name).filter((name) => !constants.has(name));
  const given = new Map<string, OnnxTensor>();
  for (const [i, name] of names.entries()) {
    const isTensor = model!.input.find((input) => input.name === name)!.type?.tensorType;
    if (isTensor !== null && isTensor !== undefined) given.set(name, readPb(set, 'input', i));
  }
  const source = {
    name: 'model.onnx',
    bytes,
    sibling: (path: string) => Promise.resolve(new Uint8Array(readFileSync(join(folder, path)))),
  };
  const { graph, inputs, outputs } = await readOnnxGraph(source, { known: given });
  const values = evaluate(
    graph,
    inputs.map((name) => {
      const { shape, values: list } = given.get(name)!;
      return { shape, data: Float32Array.from(list) };
    }),
  );
  for (const [i, { name, format }] of outputs.entries()) {
    const expected = readPb(set, 'output', i);
    const found = values.get(graph.outputs[i]!)!;
    const wrong = difference({ ...found, format }, expected);
    if (wrong !== null) return `output "${name}": ${wrong}`;
  }
  return null;
}

const readPb = (set: string, kind: 'input' | 'output', index: number): OnnxTensor => {
  const file = join(set, `${kind}_${index}.pb`);
  const tensor = decodeTensorProto(readFileSync(file));
  return decodeTensor(file, tensor, tensor.rawData);
};
