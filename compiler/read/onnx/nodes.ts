import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formats, type FormatName } from '../../ops/number-formats.ts';
import type { Source } from '../source.ts';
import { castTo } from '../compose.ts';
import { carryGrids } from './grids.ts';
import { readLoop } from './loop.ts';
import { OnnxNode } from './node.ts';
import type { Scope } from './scope.ts';
import { damaged } from './open.ts';
import { rowOf } from './ops/table.ts';
import type { Output, Row } from './row.ts';
import type { GraphProto, NodeProto } from './schema.ts';
import { readTensor, type OnnxTensor } from './tensor.ts';

/** Reads the nodes in the order of the file, which is topological. */
export async function readNodes(source: Source, graph: GraphProto, scope: Scope): Promise<void> {
  for (const proto of graph.node) {
    const node = new OnnxNode(proto, scope);
    if (proto.output.length === 0) throw node.error('has no output', 'The file looks damaged: export the model again.');
    const row = isReadApart(proto) ? null : rowFor(node);
    const result = row === null ? await readApart(source, node) : row(node);
    const outputs: readonly Output[] = isList(result) ? result : [result];
    if (row !== null) carryGrids(node, row, outputs);
    const format = proto.input.length > 0 ? node.format(0) : 'float32';
    proto.output.forEach((name, i) => {
      if (name !== '') define(node, name, outputs[i] ?? { missing: 'which is not computed' }, format);
    });
  }
}

/** Operators that need more than their inputs: data in another file, a graph of their own. */
const apart: Readonly<Record<string, (source: Source, node: OnnxNode) => Promise<Output | readonly Output[]>>> = {
  Constant: constantOf,
  Loop: (source, node) => readLoop(source, node, readNodes),
};

const isReadApart = ({ domain, opType }: NodeProto): boolean =>
  (domain === '' || domain === 'ai.onnx') && Object.hasOwn(apart, opType);

const readApart = (source: Source, node: OnnxNode): Promise<Output | readonly Output[]> =>
  apart[node.proto.opType]!(source, node);

const isList = (result: Output | readonly Output[]): result is readonly Output[] => Array.isArray(result);

function rowFor(node: OnnxNode): Row {
  const row = rowOf(node.proto.domain, node.proto.opType);
  if (row === undefined) throw new Error(`internal: operator ${node.proto.opType} was not refused`);
  return row;
}

/** Gives a name its value; its format is that of the node's first input unless the row says otherwise. */
function define(node: OnnxNode, name: string, output: Output, inherited: FormatName): void {
  const { scope } = node;
  for (const table of [scope.values, scope.constants, scope.missing, scope.noise]) table.delete(name);
  if (typeof output === 'number') setValue(node, name, output, inherited);
  else if ('missing' in output) scope.missing.set(name, output.missing);
  else if ('noise' in output) {
    scope.noise.set(name, output);
    scope.missing.set(name, 'random values; they are read as mean + deviation * noise alone');
  } else if ('value' in output) setValue(node, name, output.value, output.format);
  else {
    scope.constants.set(name, output);
    scope.formats.set(name, output.format);
  }
}

function setValue(node: OnnxNode, name: string, value: ValueId, format: FormatName): void {
  const small = !formats[format].whole && formats[format].bits < 32;
  const isComputed = node.scope.builder.constantOf(value) === undefined;
  node.scope.values.set(name, small && node.scope.rounds && isComputed ? castTo(node, value, format, false) : value);
  node.scope.formats.set(name, format);
}

function constantOf(source: Source, node: OnnxNode): Promise<OnnxTensor> {
  const tensor = node.attribute('value')?.t;
  if (tensor !== null && tensor !== undefined) return readTensor(source, { ...tensor, name: node.name });
  for (const [name, format, many] of [
    ['value_float', 'float32', false],
    ['value_int', 'int64', false],
    ['value_floats', 'float32', true],
    ['value_ints', 'int64', true],
  ] as const) {
    const attribute = node.attribute(name);
    if (attribute === null) continue;
    const { f, i, floats, ints } = attribute;
    const [one, list] = format === 'int64' ? [i, ints] : [f, floats];
    const values = many ? list : [one];
    return Promise.resolve({ format, shape: many ? [values.length] : [], values: Float64Array.from(values) });
  }
  throw node.error('holds no number', 'Constants of text or sparse tensors are not supported.');
}

/** The value behind an output of the graph. */
export function outputOf({ file, builder, values, constants, missing }: Scope, name: string): ValueId {
  const value = values.get(name);
  if (value !== undefined) return value;
  const constant = constants.get(name);
  if (constant !== undefined) return builder.constant(name, { shape: constant.shape, data: Float32Array.from(constant.values) });
  const reason = missing.get(name);
  if (reason === undefined) throw damaged(file, `its output "${name}" is defined by no node`);
  throw new InputError({
    where: `${file}, output "${name}"`,
    what: `is ${reason}`,
    hint: 'Export the model without this output.',
  });
}
