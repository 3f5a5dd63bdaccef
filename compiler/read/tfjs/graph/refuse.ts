import { InputError } from '../../../error.ts';
import { rows } from './ops/table.ts';
import type { NodeDef } from './proto.ts';

/** What to do about an operator that is not supported: the first line that matches its name. */
const advice: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^(If|While|StatelessIf|StatelessWhile|Switch|Merge|Enter|Exit|NextIteration|LoopCond|Tensor(List|Array)\w*|EmptyTensorList)$/,
    'Control flow is a recurrent layer, most times: give the Keras model (.keras) instead, or convert with tfjs_layers_model.',
  ],
  [/^(HashTable|Lookup|Static|String)/, 'Export the part of the model behind its text.'],
  [/./, 'Convert the model for inference and with plain layers, or ask for the operator in an issue.'],
];

/** Before anything else is read: the operators of a model say more about it than its first odd tensor. */
export function refuseUnsupported(file: string, nodes: readonly NodeDef[]): void {
  const unsupported = nodes.filter(({ op }) => op !== 'Placeholder' && !Object.hasOwn(rows, op));
  const [first] = unsupported;
  if (first === undefined) return;
  const [, ...others] = new Set(unsupported.map(({ op }) => op));
  const also = others.length === 0 ? '' : ` (nor ${others.join(', ')})`;
  throw new InputError({
    where: `${file}, node "${first.name}" (${first.op.slice(0, 60)})`,
    what: `operator ${first.op.slice(0, 60)} is not supported${also}`,
    hint: advice.find(([pattern]) => pattern.test(first.op))?.[1] ?? advice.at(-1)![1],
  });
}
