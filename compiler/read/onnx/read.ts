import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import type { Shape } from '../../ir/tensor.ts';
import { floatGraphBuilder, type FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { folds } from './fold.ts';
import { nameOf, OnnxNode, type Scope } from './node.ts';
import { rows } from './ops.ts';
import { decodeModel, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from './schema.ts';
import { readTensor, type OnnxTensor } from './tensor.ts';

/** Reads an ONNX model of float dense layers. */
export async function readOnnx(source: Source): Promise<FloatGraph> {
  const model = decode(source);
  const graph = graphOf(source.name, model);
  refuseUnsupported(source.name, graph.node);
  const constants = new Map<string, OnnxTensor>();
  for (const tensor of graph.initializer) constants.set(tensor.name, await readTensor(source, tensor));
  const builder = floatGraphBuilder(source.name);
  const input = single(
    source.name,
    'input',
    graph.input.filter(({ name }) => !constants.has(name)),
  );
  const output = single(source.name, 'output', graph.output);
  const { batch, shape } = shapeOf(source.name, input);
  const values = new Map<string, ValueId>([[input.name, builder.input(input.name, shape)]]);
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1;
  const scope: Scope = { file: source.name, builder, values, constants, opset, batch };
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

/** Before anything else is read: the operators of an integer or recurrent model say more than its first odd tensor. */
function refuseUnsupported(file: string, nodes: readonly NodeProto[]): void {
  const unsupported = nodes.filter((node) => !isDefaultDomain(node) || !supported.includes(node.opType));
  const [first] = unsupported;
  if (first === undefined) return;
  const names = unsupported.map((node) => (isDefaultDomain(node) ? node.opType : `${node.opType} of domain ${node.domain}`));
  const [name, ...others] = new Set(names);
  const also = others.length === 0 ? '' : ` (nor ${others.join(', ')})`;
  const advice = names.some((text) => /Quant|Integer/.test(text))
    ? 'Integer models are not read yet: export the float model, which is quantized here.'
    : 'Export a model of dense layers, for inference.';
  throw new InputError({
    where: `${file}, node "${nameOf(first)}" (${first.opType})`,
    what: `operator ${name} is not supported${also}`,
    hint: `${advice} Supported operators are ${supported.join(', ')}.`,
  });
}

async function readNode(source: Source, proto: NodeProto, scope: Scope): Promise<void> {
  const node = new OnnxNode(proto, scope);
  const [output, ...more] = proto.output;
  if (output === undefined) throw node.error('has no output', 'The file looks damaged: export the model again.');
  const constant = proto.opType === 'Constant' ? await constantOf(source, node) : (folds[proto.opType]?.(node) ?? null);
  if (constant === null) scope.values.set(output, valueOf(node));
  else scope.constants.set(output, constant);
  // Further outputs are what training needs (a Dropout mask, running statistics): whoever reads one gets "nothing defines it".
  for (const name of more) scope.values.delete(name);
}

function valueOf(node: OnnxNode): ValueId {
  const row = rows[node.proto.opType];
  if (row === undefined) throw node.refuse(`${node.proto.opType} of values that the model computes`);
  return row(node);
}

const supported = [...new Set(['Constant', ...Object.keys(rows), ...Object.keys(folds)])];

const isDefaultDomain = ({ domain }: NodeProto): boolean => domain === '' || domain === 'ai.onnx';

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

/** The batch is bound to 1, whatever the file says. */
function shapeOf(file: string, { name, type }: ValueInfoProto): { readonly batch: number; readonly shape: Shape } {
  const tensor = type?.tensorType;
  const dims = tensor?.shape?.dim.map(({ dimValue }) => dimValue) ?? [];
  const where = `${file}, input "${name}"`;
  if (tensor?.elemType !== 1)
    throw new InputError({
      where,
      what: `has element type ${tensor?.elemType ?? 'none'}; expected float (1)`,
      hint: 'Export the float model.',
    });
  if (dims.length < 2) {
    throw new InputError({
      where,
      what: `has shape [${dims.join(' x ')}]; expected a batch axis and the values, such as [1 x 640]`,
      hint: 'Export the model with a batch axis.',
    });
  }
  if (dims.slice(1).some((extent) => extent <= 0)) {
    throw new InputError({
      where,
      what: `has shape [${dims.map((extent) => (extent > 0 ? extent : '?')).join(' x ')}]; only the first extent, the batch, may be open`,
      hint: 'Export the model with a fixed window size.',
    });
  }
  return { batch: Math.max(1, dims[0]!), shape: [1, ...dims.slice(1)] };
}

const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file is truncated, damaged, or not ONNX: export or copy it again.' });
