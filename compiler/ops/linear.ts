import type { Node } from '../ir/graph.ts';
import type { Op, OpOf } from './float-graph.ts';

/** Ops that multiply by trained weights [out x ... x in / groups] and add a bias [out]; the last axis of their result is out. */
export type LinearOp = OpOf<'dense' | 'conv' | 'convTranspose'>;

export const isLinear = (node: Node<Op> | undefined): node is Node<LinearOp> =>
  node !== undefined && (node.op.kind === 'dense' || node.op.kind === 'conv' || node.op.kind === 'convTranspose');

export const groupsOf = (op: LinearOp): number => (op.kind === 'dense' ? 1 : op.groups);
