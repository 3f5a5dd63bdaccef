import { InputError } from '../../../error.ts';
import type { ValueId } from '../../../ir/graph.ts';
import type { Tensor } from '../../../ir/tensor.ts';
import { floatGraphBuilder, type FloatGraph } from '../../../ops/float-graph.ts';
import { chooseOutput } from '../../choose-output.ts';
import { isConfig } from '../../keras/config.ts';
import { GraphNode, type Scope } from './node.ts';
import { rows } from './ops/table.ts';
import { inOrder } from './order.ts';
import { nodeDefOf, shapeOf, tensorOf, type NodeDef } from './proto.ts';
import { refuseUnsupported } from './refuse.ts';

interface File {
  readonly name: string;
  /** A GraphDef. */
  readonly topology: unknown;
  /** Which tensors are the model's inputs and outputs; absent in old files. */
  readonly signature: unknown;
  readonly weights: ReadonlyMap<string, () => Tensor>;
}

/** The graph of a TF.js graph model: TensorFlow's operators, frozen for inference. `wanted`: the output that is meant. */
export function graphModel({ name: file, topology, signature, weights }: File, wanted: string | null): FloatGraph {
  const nodes = nodesOf(file, topology);
  const outputs = outputsOf(nodes, signature);
  const order = inOrder(
    file,
    nodes,
    outputs.map(({ tensor }) => tensorOf(tensor)[0]),
  );
  refuseUnsupported(file, order);
  const builder = floatGraphBuilder(file);
  const scope: Scope = { file, builder, weights, values: new Map(), noises: new Map() };
  const input = inputOf(file, order);
  const shape = inputShape(file, input, signature);
  scope.values.set(input.name, [builder.input(input.name, shape)]);
  for (const node of order) if (node !== input) readNode(new GraphNode(node, scope));
  const values = outputs.map(({ name, tensor }) => {
    const [node, output] = tensorOf(tensor);
    const value = scope.values.get(node)?.[output];
    if (value === undefined) throw damaged(`${file}, output "${name}"`, 'is no tensor of the model');
    return { name, value, shape: builder.type(value).shape };
  });
  return builder.finish([chooseOutput(file, values, shape, wanted).value]);
}

function nodesOf(file: string, topology: unknown): ReadonlyMap<string, NodeDef> {
  const list: unknown = isConfig(topology) ? topology['node'] : undefined;
  if (!Array.isArray(list)) throw damaged(file, 'its modelTopology lists no nodes');
  const nodes = list.map(nodeDefOf).map((node, i) => {
    if (node === null) throw damaged(file, `its node ${i} has no name and operator`);
    return [node.name, node] as const;
  });
  return new Map(nodes);
}

interface Output {
  readonly name: string;
  readonly tensor: string;
}

/** Those of the signature, or the nodes that no other one reads. */
function outputsOf(nodes: ReadonlyMap<string, NodeDef>, signature: unknown): readonly Output[] {
  const named: unknown = isConfig(signature) ? signature['outputs'] : undefined;
  if (isConfig(named) && Object.keys(named).length > 0) {
    return Object.entries(named).map(([name, tensor]) => ({
      name,
      tensor: isConfig(tensor) && typeof tensor['name'] === 'string' ? tensor['name'] : name,
    }));
  }
  const read = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map((input) => tensorOf(input)[0])));
  return [...nodes.values()]
    .filter(({ name, op }) => !read.has(name) && op !== 'NoOp' && op !== 'Const')
    .map(({ name }) => ({ name, tensor: name }));
}

function inputOf(file: string, order: readonly NodeDef[]): NodeDef {
  const inputs = order.filter(({ op }) => op === 'Placeholder');
  if (inputs.length === 1) return inputs[0]!;
  throw new InputError({
    where: file,
    what: `has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}); an autoencoder has one`,
    hint: 'Convert only the part of the model from its input to its reconstruction.',
  });
}

/** The batch is bound to 1, whatever the file says. */
function inputShape(file: string, { name, attributes }: NodeDef, signature: unknown): readonly number[] {
  const attribute = attributes['shape'];
  const own = isConfig(attribute) ? shapeOf(attribute['shape']) : null;
  const shape = own ?? signedShape(signature, name);
  if (shape !== null && shape.length >= 2 && shape.slice(1).every((extent) => extent > 0)) return [1, ...shape.slice(1)];
  const shown = shape === null ? 'an unknown shape' : `shape [${shape.map((extent) => (extent < 0 ? '?' : extent)).join(' x ')}]`;
  throw new InputError({
    where: `${file}, input "${name}"`,
    what: `has ${shown}; only the first extent, the batch, may be open`,
    hint: 'Convert a model whose input has fixed extents.',
  });
}

function signedShape(signature: unknown, name: string): readonly number[] | null {
  const inputs: unknown = isConfig(signature) ? signature['inputs'] : undefined;
  const found = isConfig(inputs)
    ? Object.values(inputs).find((input) => isConfig(input) && tensorOf(String(input['name']))[0] === name)
    : undefined;
  return isConfig(found) ? shapeOf(found['tensorShape']) : null;
}

function readNode(node: GraphNode): void {
  const result = rows[node.kind]!(node);
  if (isNoise(result)) node.scope.noises.set(node.name, result);
  else node.scope.values.set(node.name, [result].flat() as readonly ValueId[]);
}

const isNoise = (result: object | ValueId): result is { deviation: ValueId | null } =>
  typeof result === 'object' && 'deviation' in result;

const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file looks damaged: convert the model again.' });
