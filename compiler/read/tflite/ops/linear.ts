import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import { binary, filled, rankOf, reshape, shapeOf, transpose } from '../../compose.ts';
import { applyFused } from '../fused.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';
import { weightsOf } from '../weights.ts';
import { biasOf } from './convolution.ts';

/** Products of matrices. */
export const linear: Rows = { BATCH_MATMUL: batchMatmul, FULLY_CONNECTED: fullyConnected };

/** weights: [out x in] as ours; the bias is optional; unless axes are kept, all but `in` become rows. */
function fullyConnected(node: TfliteNode): ValueId {
  if (node.code(options.FullyConnected.weightsFormat) !== 0) {
    throw node.error('has shuffled weights', 'Export the model without weight shuffling.');
  }
  const [outputs, depth] = node.shape(1);
  const shape = node.shape(0);
  const keeps = node.flag(options.FullyConnected.keepNumDims);
  const x = keeps ? node.input(0) : reshape(node, node.input(0), [sizeOf(shape) / depth!, depth!]);
  return applyFused(node, options.FullyConnected.fused, node.isConstant(1) ? dense(node, x, outputs!) : product(node, x));
}

const dense = (node: TfliteNode, x: ValueId, outputs: number): ValueId =>
  node.emit({ kind: 'dense', activation: null }, [x, weightsOf(node, 1, node.input(1), 0), biasOf(node, 2, outputs)]);

/** Of weights that the model computes: attention. */
function product(node: TfliteNode, x: ValueId): ValueId {
  const sum = node.emit({ kind: 'matmul' }, [x, swapped(node, node.input(1))]);
  return node.has(2) ? binary(node, 'add', sum, node.input(2)) : sum;
}

/** The last two axes in the other order. */
function swapped(node: TfliteNode, x: ValueId): ValueId {
  const rank = rankOf(node, x);
  if (rank < 2) throw node.refuse('a product', shapeOf(node, x));
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return transpose(node, x, [...order.slice(0, -2), rank - 1, rank - 2]);
}

/** x: [... x m x k], y: [... x k x n]; adj_x and adj_y say that one comes with its last two axes swapped. */
function batchMatmul(node: TfliteNode): ValueId {
  const adjY = node.flag(options.BatchMatMul.adjY);
  const x = node.flag(options.BatchMatMul.adjX) ? swapped(node, node.input(0)) : node.input(0);
  const y = node.input(1);
  const extents = shapeOf(node, y);
  if (!node.isConstant(1) || sizeOf(extents.slice(0, -2)) !== 1 || rankOf(node, x) < extents.length) {
    return node.emit({ kind: 'matmul' }, [x, adjY ? swapped(node, y) : y]);
  }
  // Trained weights: [out x in], with the integers of the file.
  const rows = adjY ? y : swapped(node, y);
  const matrix = reshape(node, rows, shapeOf(node, rows).slice(-2));
  const weights = weightsOf(node, 1, matrix, extents.length - (adjY ? 2 : 1));
  return node.emit({ kind: 'dense', activation: null }, [x, weights, filled(node, [shapeOf(node, matrix)[0]!], 0)]);
}
