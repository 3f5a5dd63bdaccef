import { InputError } from '../../error.ts';
import { nameOf } from './scope.ts';
import { rowOf } from './ops/table.ts';
import type { GraphProto, NodeProto } from './schema.ts';

/** What to do about an operator that is not supported: the first line that matches `operator of domain`. */
const advice: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /qonnx|brevitas|finn/,
    'QONNX is not ONNX: export the float model, which is quantized here, or one with QuantizeLinear nodes.',
  ],
  [/^(Scan|If|Sequence\w+|Optional\w*) /, 'Export the model without control flow: with a fixed number of steps, for inference.'],
  [/com\.microsoft|org\.pytorch/, 'Export the model again without the optimizer that wrote operators of its own into it.'],
  [/ of domain (?!$)/, 'Operators of other domains than that of ONNX itself are unknown here: export with plain ONNX operators.'],
  [/./, 'Export the model for inference and with plain layers, or ask for the operator in an issue.'],
];

/** Operators that have no row: nodes.ts reads them. */
const readApart: ReadonlySet<string> = new Set(['Constant', 'Loop']);

/** All nodes, those of loops included. */
const nodesOf = (graph: GraphProto): NodeProto[] =>
  graph.node.flatMap((node) => [node, ...node.attribute.flatMap(({ g }) => (g === null || g === undefined ? [] : nodesOf(g)))]);

/** Before anything else is read: the operators of a model say more about it than its first odd tensor. */
export function refuseUnsupported(file: string, graph: GraphProto): void {
  if (graph.sparseInitializer.length > 0) {
    throw new InputError({
      where: file,
      what: `has ${graph.sparseInitializer.length} sparse tensors; they are not supported`,
      hint: 'Export the model with dense weights.',
    });
  }
  const unsupported = nodesOf(graph).filter(
    ({ domain, opType }) => !readApart.has(opType) && rowOf(domain, opType) === undefined,
  );
  const [first] = unsupported;
  if (first === undefined) return;
  const [name, ...others] = new Set(unsupported.map(described));
  const also = others.length === 0 ? '' : ` (nor ${others.join(', ')})`;
  throw new InputError({
    where: `${file}, node "${nameOf(first)}" (${first.opType})`,
    what: `operator ${name} is not supported${also}`,
    hint: advice.find(([pattern]) => pattern.test(`${first.opType} of domain ${first.domain}`))![1],
  });
}

const described = ({ domain, opType }: NodeProto): string =>
  domain === '' || domain === 'ai.onnx' ? opType : `${opType} of domain ${domain}`;
