import type { ValueId } from '../../ir/graph.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import type { TfliteNode } from './node.ts';

/** ActivationFunctionType of the schema -> our function. */
const activations: Readonly<Record<number, Elementwise | null>> = {
  0: null,
  1: { fn: 'relu', parameters: [] },
  2: { fn: 'clip', parameters: [-1, 1] },
  3: { fn: 'relu6', parameters: [] },
  4: { fn: 'tanh', parameters: [] },
};

/** The activation that an operator's options name, or null for none. */
export function fusedActivation(node: TfliteNode, slot: number): Elementwise | null {
  const code = node.code(slot);
  const activation = activations[code];
  if (activation !== undefined) return activation;
  throw node.error(`has fused activation ${code}`, 'Supported are NONE, RELU, RELU_N1_TO_1, RELU6, TANH.');
}

/** The fused activation as a node of its own; `simplify` puts it into the layer where that costs nothing. */
export function applyFused(node: TfliteNode, slot: number, x: ValueId): ValueId {
  const activation = fusedActivation(node, slot);
  return activation === null ? x : node.emit({ kind: 'elementwise', ...activation }, [x]);
}
