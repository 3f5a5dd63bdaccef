import { InputError } from '../../error.ts';
import type { Source } from '../source.ts';
import { refuseUnsupported } from './refuse.ts';
import { decodeModel, type GraphProto, type ModelProto, type ValueInfoProto } from './schema.ts';
import { readTensor, type OnnxTensor } from './tensor.ts';

/** What a file holds, before its nodes are read. */
export interface OnnxFile {
  readonly graph: GraphProto;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** Inputs of the graph; older files list their initializers among them. */
  readonly inputs: readonly ValueInfoProto[];
}

/** Decodes a file and its constants. Throws an InputError if it is damaged or holds operators that are not supported. */
export async function openOnnx(source: Source): Promise<OnnxFile> {
  const model = decode(source);
  const { graph } = model;
  if (graph === null || graph === undefined || graph.node.length === 0) throw damaged(source.name, 'holds no graph');
  refuseUnsupported(source.name, graph);
  const constants = new Map<string, OnnxTensor>();
  for (const tensor of graph.initializer) constants.set(tensor.name, await readTensor(source, tensor));
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1;
  return { graph, opset, constants, inputs: graph.input.filter(({ name }) => !constants.has(name)) };
}

function decode({ name, bytes }: Source): ModelProto {
  try {
    return decodeModel(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      {
        where: name,
        what: `is not a whole ONNX model (${reason})`,
        hint: 'The file is truncated, damaged, or not ONNX: export or copy it again.',
      },
      { cause },
    );
  }
}

export const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file is truncated, damaged, or not ONNX: export or copy it again.' });
