import type { Node } from '../../ir/graph.ts';
import type { OpKind, OpOf } from '../../ops/float-graph.ts';
import type { Lowering } from '../lowering.ts';

/** Lowers one op to kernels, or throws `lowering.unsupported` with the reason. */
export type LoweringRule<K extends OpKind> = (node: Node<OpOf<K>>, lowering: Lowering) => void;

/** An op that no kernel expresses yet: a sentence instead of silence. */
export const refuse =
  <K extends OpKind>(why: string): LoweringRule<K> =>
  (node, lowering) => {
    throw lowering.unsupported(node, why);
  };
