import { InputError } from '../../error.ts';
import { floatGraphBuilder, type FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { TfliteNode, typeName, type Scope, type TfliteTensor } from './node.ts';
import { rows, type Row } from './ops.ts';
import { fields, operatorNames } from './schema.ts';
import { TfliteFile, type Table } from './table.ts';

/** Reads a float TFLite model of dense layers. */
export const readTflite = ({ name, bytes }: Source): Promise<FloatGraph> => Promise.resolve(read(new TfliteFile(name, bytes)));

function read(file: TfliteFile): FloatGraph {
  const model = file.root();
  const subgraphs = model.tables(fields.Model.subgraphs);
  if (subgraphs.length === 0) throw file.damaged('model', 'holds no graph');
  const [graph] = subgraphs;
  const buffers = model.tables(fields.Model.buffers).map((buffer) => buffer.bytes(fields.Buffer.data));
  const tensors = graph!.tables(fields.SubGraph.tensors).map((tensor) => describe(file, tensor, buffers));
  const input = single(file, tensors, 'input', graph!.ints(fields.SubGraph.inputs));
  const output = single(file, tensors, 'output', graph!.ints(fields.SubGraph.outputs));
  const builder = floatGraphBuilder(file.name);
  const { name, shape } = tensors[input]!;
  const values = new Map([[input, builder.input(name, [1, ...shape.slice(1)])]]);
  const scope: Scope = { file, builder, tensors, values };
  for (const { node, row } of rowsOf(model, graph!, scope)) values.set(node.output, row(node));
  const result = values.get(output);
  if (result === undefined) throw file.damaged(`output "${tensors[output]!.name}"`, 'no node computes it');
  return builder.finish([result]);
}

/** QUANTIZE has a row only to say what it means. */
const supported = Object.keys(rows).filter((name) => name !== 'QUANTIZE');

/** The operators with what reads them. Those of a model with control flow say more than that it has several graphs, so they come first. */
function rowsOf(model: Table, graph: Table, scope: Scope): { readonly node: TfliteNode; readonly row: Row }[] {
  const codes = model.tables(fields.Model.operatorCodes).map(operatorName);
  const nodes = graph.tables(fields.SubGraph.operators).map((operator) => {
    const code = codes[operator.uint32(fields.Operator.opcodeIndex)] ?? 'an operator that is not listed';
    return new TfliteNode(code, operator, scope);
  });
  const unsupported = nodes.filter(({ kind }) => !Object.hasOwn(rows, kind));
  const [first] = unsupported;
  if (first !== undefined) {
    const [, ...others] = new Set(unsupported.map(({ kind }) => kind));
    const also = others.length === 0 ? '' : ` (nor ${others.join(', ')})`;
    throw first.error(
      `operator ${first.kind} is not supported${also}`,
      `Convert a float model of dense layers. Supported operators are ${supported.join(', ')}.`,
    );
  }
  const graphs = model.tables(fields.Model.subgraphs).length;
  if (graphs !== 1) {
    throw new InputError({
      where: scope.file.name,
      what: `holds ${graphs} graphs; expected one`,
      hint: 'Convert the model with one signature, from its input to its reconstruction.',
    });
  }
  return nodes.map((node) => ({ node, row: rows[node.kind]! }));
}

/** Old files keep the code in the deprecated field, new ones in the other; the larger one counts (schema.fbs). */
function operatorName(code: Table): string {
  const builtin = Math.max(code.int8(fields.OperatorCode.deprecatedBuiltinCode), code.uint32(fields.OperatorCode.builtinCode));
  const name = operatorNames[builtin] ?? `number ${builtin}`;
  return name === 'CUSTOM' ? `custom "${code.text(fields.OperatorCode.customCode)}"` : name;
}

function describe(file: TfliteFile, tensor: Table, buffers: readonly Uint8Array[]): TfliteTensor {
  const name = tensor.text(fields.Tensor.name);
  const shape = tensor.ints(fields.Tensor.shape);
  if (shape.some((extent) => extent < 0)) throw file.damaged(`tensor "${name}"`, `has shape [${shape.join(' x ')}]`);
  return {
    name,
    shape,
    type: typeName(tensor.int8(fields.Tensor.type)),
    data: buffers[tensor.uint32(fields.Tensor.buffer)] ?? new Uint8Array(),
  };
}

function single(file: TfliteFile, tensors: readonly TfliteTensor[], kind: string, indices: readonly number[]): number {
  const named = indices.map((index) => tensors[index]);
  if (named.includes(undefined)) throw file.damaged('graph', `its ${kind} does not exist`);
  if (indices.length !== 1) {
    throw new InputError({
      where: file.name,
      what: `has ${indices.length} ${kind}s (${named.map((tensor) => tensor!.name).join(', ')}); an autoencoder has one`,
      hint: 'Export only the part of the model from its input to its reconstruction.',
    });
  }
  const { name, type, shape } = named[0]!;
  const where = `${file.name}, ${kind} "${name}"`;
  if (type !== 'float32') {
    throw new InputError({
      where,
      what: `is ${type}; expected float32`,
      hint: 'Integer TFLite models are not read yet: give the float model, which is quantized here with less loss.',
    });
  }
  if (shape.length < 2)
    throw new InputError({
      where,
      what: `has ${shape.length} axes; expected a batch axis and the values`,
      hint: 'Export with a batch axis.',
    });
  return indices[0]!;
}
