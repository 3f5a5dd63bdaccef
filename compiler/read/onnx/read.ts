import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { floatGraphBuilder, type FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { OnnxNode, type Scope } from './node.ts';
import { rows } from './ops.ts';
import { decodeModel, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from './schema.ts';
import { readTensor, type OnnxTensor } from './tensor.ts';

/** Reads an ONNX model of float dense layers. */
export async function readOnnx(source: Source): Promise<FloatGraph> {
  const model = decode(source);
  const graph = graphOf(source.name, model);
  const constants = new Map<string, OnnxTensor>();
  for (const tensor of graph.initializer) constants.set(tensor.name, await readTensor(source, tensor));
  const builder = floatGraphBuilder(source.name);
  const input = single(
    source.name,
    'input',
    graph.input.filter(({ name }) => !constants.has(name)),
  );
  const output = single(source.name, 'output', graph.output);
  const values = new Map<string, ValueId>([[input.name, builder.input(input.name, shapeOf(source.name, input))]]);
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1;
  const scope: Scope = { file: source.name, builder, values, constants, opset };
  for (const proto of graph.node) await readNode(source, proto, scope);
  const result = values.get(output.name);
  if (result === undefined) throw damaged(source.name, `its output "${output.name}" is defined by no node`);
  return builder.finish([result]);
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

function graphOf(name: string, { graph }: ModelProto): GraphProto {
  if (graph !== null && graph !== undefined && graph.node.length > 0) return graph;
  throw damaged(name, 'holds no graph');
}

async function readNode(source: Source, proto: NodeProto, scope: Scope): Promise<void> {
  const node = new OnnxNode(proto, scope);
  if (proto.opType === 'Constant' && isDefaultDomain(proto)) {
    scope.constants.set(proto.output[0] ?? '', await constantOf(source, node));
    return;
  }
  const row = isDefaultDomain(proto) && Object.hasOwn(rows, proto.opType) ? rows[proto.opType] : undefined;
  if (row === undefined) {
    const domain = isDefaultDomain(proto) ? '' : ` of domain ${proto.domain}`;
    throw node.error(
      `operator ${proto.opType}${domain} is not supported`,
      `Supported operators are Constant, ${Object.keys(rows).join(', ')}.`,
    );
  }
  const [output, ...more] = proto.output;
  if (output === undefined) throw node.error('has no output', 'The file looks damaged: export the model again.');
  if (isShapeOnly(node)) scope.constants.set(output, scope.constants.get(proto.input[0]!)!);
  else scope.values.set(output, row(node));
  // Further outputs are what training needs (a Dropout mask, running statistics): whoever reads one gets "nothing defines it".
  for (const name of more) scope.values.delete(name);
}

const isDefaultDomain = ({ domain }: NodeProto): boolean => domain === '' || domain === 'ai.onnx';

/** Identity and Cast of a constant stay constants, so that shapes pass through them. */
const isShapeOnly = (node: OnnxNode): boolean => ['Identity', 'Cast'].includes(node.proto.opType) && node.isConstant(0);

function constantOf(source: Source, node: OnnxNode): Promise<OnnxTensor> {
  const tensor = node.attribute('value')?.t;
  if (tensor !== null && tensor !== undefined) return readTensor(source, { ...tensor, name: node.name });
  for (const [name, scalar] of [
    ['value_float', true],
    ['value_int', true],
    ['value_floats', false],
    ['value_ints', false],
  ] as const) {
    const attribute = node.attribute(name);
    if (attribute === null) continue;
    const values = scalar
      ? [name === 'value_int' ? attribute.i : attribute.f]
      : name === 'value_ints'
        ? attribute.ints
        : attribute.floats;
    return Promise.resolve({ shape: scalar ? [] : [values.length], values: Float64Array.from(values) });
  }
  throw node.error('holds no number', 'Constants of text or sparse tensors are not supported.');
}

function single(file: string, kind: string, infos: readonly ValueInfoProto[]): ValueInfoProto {
  if (infos.length === 1) return infos[0]!;
  throw new InputError({
    where: file,
    what: `has ${infos.length} ${kind}s (${infos.map(({ name }) => name).join(', ')}); an autoencoder has one`,
    hint: 'Export only the part of the model from its input to its reconstruction.',
  });
}

/** A symbolic or missing batch extent becomes 1. */
function shapeOf(file: string, { name, type }: ValueInfoProto): readonly number[] {
  const tensor = type?.tensorType;
  const dims = tensor?.shape?.dim.map(({ dimValue }) => dimValue) ?? [];
  const where = `${file}, input "${name}"`;
  if (tensor?.elemType !== 1)
    throw new InputError({
      where,
      what: `has element type ${tensor?.elemType ?? 'none'}; expected float (1)`,
      hint: 'Export the float model.',
    });
  if (dims.length < 2 || dims.slice(1).some((extent) => extent <= 0)) {
    throw new InputError({
      where,
      what: `has shape [${dims.map((extent) => (extent > 0 ? extent : '?')).join(' x ')}]; only the first extent, the batch, may be open`,
      hint: 'Export the model with a fixed window size.',
    });
  }
  return [1, ...dims.slice(1)];
}

const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file is truncated, damaged, or not ONNX: export or copy it again.' });
