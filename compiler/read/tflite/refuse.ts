import { InputError } from '../../error.ts';
import { operators } from './ops/table.ts';
import { fields } from './schema.ts';
import type { Table, TfliteFile } from './table.ts';

/** What to do about an operator that is not supported: the first line that matches its name. */
const advice: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^custom "Flex/,
    'Operators of TensorFlow itself (Flex) are unknown to TFLite runtimes without TensorFlow: convert without SELECT_TF_OPS; a recurrent layer converts with a fixed batch of 1.',
  ],
  [/^custom/, 'Convert the model without custom operators.'],
  [
    /^(IF|WHILE|CALL|CALL_ONCE)$/,
    'Convert the model without control flow: a recurrent layer converts to one operator with a fixed batch of 1.',
  ],
  [/^(VAR_HANDLE|READ_VARIABLE|ASSIGN_VARIABLE)$/, 'Convert the model without variables: each window stands for itself.'],
  [/^DENSIFY$/, 'Convert the model with dense weights.'],
  [/./, 'Convert the model for inference and with plain layers, or ask for the operator in an issue.'],
];

/**
 * Before anything else is read: the operators of a model say more about it than its first odd tensor or that it has several
 * graphs, which control flow brings with it.
 */
export function refuseUnsupported(file: TfliteFile, graph: Table, kinds: readonly string[], graphs: number): void {
  const unsupported = [...new Set(kinds.filter((kind) => !operators.includes(kind)))];
  const [first, ...others] = unsupported;
  if (first !== undefined) {
    const also = others.length === 0 ? '' : ` (nor ${others.join(', ')})`;
    throw new InputError({
      where: `${file.name}, node "${nameOf(graph, kinds.indexOf(first))}" (${first})`,
      what: `operator ${first} is not supported${also}`,
      hint: advice.find(([pattern]) => pattern.test(first))![1],
    });
  }
  if (graphs !== 1) {
    throw new InputError({
      where: file.name,
      what: `holds ${graphs} graphs; expected one`,
      hint: 'Convert the model with one signature, from its input to its reconstruction.',
    });
  }
}

/** A node is called as its first result. */
function nameOf(graph: Table, index: number): string {
  const [output] = graph.tables(fields.SubGraph.operators)[index]!.ints(fields.Operator.outputs);
  return graph.tables(fields.SubGraph.tensors)[output ?? -1]?.text(fields.Tensor.name) ?? `number ${index}`;
}
