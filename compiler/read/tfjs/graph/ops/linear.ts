import type { ValueId } from '../../../../ir/graph.ts';
import { einsum } from '../../../einsum.ts';
import { filled, rankOf, shapeOf, transpose } from '../../../compose.ts';
import { addBias, applyFused } from '../fused.ts';
import type { GraphNode } from '../node.ts';
import type { Rows } from '../row.ts';

/** Products of matrices; by trained weights they are dense layers. */
export const linear: Rows = {
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  BiasAdd: (node) => {
    if (node.text('data_format', 'NHWC') !== 'NHWC') throw node.refuse('a bias of channels that come first');
    return addBias(node, node.input(0), node.input(1));
  },
  Einsum: (node) => {
    const result = einsum(node, node.text('equation', ''), node.allInputs(), (a, b) => product(node, a, b));
    if (result === null) throw node.refuse(`the equation "${node.text('equation', '').slice(0, 60)}"`);
    return result;
  },
  MatMul: matMul,
  _FusedMatMul: (node) => applyFused(node, matMul(node), 2),
};

function matMul(node: GraphNode): ValueId {
  const operand = (index: number, attribute: string): ValueId =>
    node.flag(attribute) ? swapped(node, node.input(index)) : node.input(index);
  return product(node, operand(0, 'transpose_a'), operand(1, 'transpose_b'));
}

function batchMatMul(node: GraphNode): ValueId {
  const operand = (index: number, attribute: string): ValueId =>
    node.flag(attribute) ? swapped(node, node.input(index)) : node.input(index);
  return product(node, operand(0, 'adj_x'), operand(1, 'adj_y'));
}

/** The last two axes in the other order. */
function swapped(node: GraphNode, x: ValueId): ValueId {
  const rank = rankOf(node, x);
  if (rank < 2) throw node.refuse('a product', shapeOf(node, x));
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return transpose(node, x, [...order.slice(0, -2), rank - 1, rank - 2]);
}

/** a: [... x m x k], b: [... x k x n]. Trained weights b: [in x out] are a dense layer without bias. */
function product(node: GraphNode, a: ValueId, b: ValueId): ValueId {
  const { builder } = node.scope;
  if (builder.constantOf(b) === undefined || rankOf(node, b) !== 2 || builder.constantOf(a) !== undefined) {
    return node.emit({ kind: 'matmul' }, [a, b]);
  }
  const bias = filled(node, [shapeOf(node, b)[1]!], 0);
  return node.emit({ kind: 'dense', activation: null }, [a, transpose(node, b, [1, 0]), bias]);
}
