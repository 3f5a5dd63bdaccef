import { InputError } from '../../../error.ts';
import { tensorOf, type NodeDef } from './proto.ts';

/** The nodes that the outputs need, each behind those that it reads. Throws an InputError where a node is missing or reads itself. */
export function inOrder(file: string, nodes: ReadonlyMap<string, NodeDef>, outputs: readonly string[]): readonly NodeDef[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const order: NodeDef[] = [];
  const stack = outputs.map((name) => ({ name, reader: 'the outputs' })).toReversed();
  while (stack.length > 0) {
    const { name, reader } = stack.at(-1)!;
    const node = nodes.get(name);
    if (node === undefined) throw damaged(`${file}, node "${reader}"`, `reads "${name}", which the model has not`);
    const waiting = open.has(name) ? [] : node.inputs.map((input) => tensorOf(input)[0]).filter((input) => !done.has(input));
    if (done.has(name) || waiting.length === 0) {
      stack.pop();
      if (!done.has(name)) order.push(node);
      done.add(name);
      continue;
    }
    open.add(name);
    const circle = waiting.find((input) => open.has(input));
    if (circle !== undefined) throw damaged(`${file}, node "${name}"`, `reads "${circle}", which waits for it`);
    for (const input of waiting.toReversed()) stack.push({ name: input, reader: name });
  }
  return order;
}

const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file looks damaged: convert the model again.' });
