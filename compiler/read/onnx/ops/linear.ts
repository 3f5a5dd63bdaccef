import type { ValueId } from '../../../ir/graph.ts';
import type { Tensor } from '../../../ir/tensor.ts';
import { transposed } from '../../../ir/transposed.ts';
import { binary, inFormat, rankOf, reshape, scalar, shapeOf, transpose } from '../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Rows } from '../row.ts';

/** Products of matrices; by constant weights they are dense layers. */
export const linear: Rows = {
  Gemm: gemm,
  MatMul: (node) => inFormat(node, product(node), node.format(0)),
};

/** alpha * A' * B' + beta * C. With constant B and C per output: dense with weights [out x in]. */
function gemm(node: OnnxNode): ValueId {
  return gemmByWeights(node) ?? inFormat(node, gemmOfValues(node), node.format(0));
}

function gemmByWeights(node: OnnxNode): ValueId | null {
  if (node.int('transA', 0) !== 0 || !node.isConstant(1) || (node.has(2) && !node.isConstant(2))) return null;
  const stored = node.constantTensor(1);
  if (stored.shape.length !== 2) throw node.refuse('B', stored.shape);
  const weights = node.int('transB', 0) === 0 ? transposed(stored) : stored;
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const outputs = weights.shape[0]!;
  const c = node.has(2) ? node.constantTensor(2) : { shape: [], data: new Float32Array(1) };
  if (c.data.length !== 1 && c.shape.at(-1) !== c.data.length) return null;
  if (c.data.length !== 1 && c.data.length !== outputs) throw node.refuse(`C of ${c.data.length} values for ${outputs} outputs`);
  const bias = Float32Array.from({ length: outputs }, (_, o) => beta * c.data[c.data.length === 1 ? 0 : o]!);
  return dense(node, node.input(0), { shape: weights.shape, data: weights.data.map((value) => alpha * value) }, bias);
}

function gemmOfValues(node: OnnxNode): ValueId {
  const operand = (index: number, attribute: string): ValueId =>
    node.int(attribute, 0) === 0 ? node.input(index) : transpose(node, node.input(index), [1, 0]);
  const times = (x: ValueId, factor: number): ValueId => (factor === 1 ? x : binary(node, 'mul', x, scalar(node, factor)));
  const multiplied = node.emit({ kind: 'matmul' }, [operand(0, 'transA'), operand(1, 'transB')]);
  const result = times(multiplied, node.float('alpha', 1));
  return node.has(2) ? binary(node, 'add', result, times(node.input(2), node.float('beta', 1))) : result;
}

/** Vectors get the axis that they lack, and lose it again (numpy.matmul). */
function product(node: OnnxNode): ValueId {
  const a = node.input(0);
  if (node.isConstant(1) && !node.isConstant(0) && node.constant(1).shape.length === 2 && rankOf(node, a) > 1) {
    const weights = transposed(node.constantTensor(1));
    return dense(node, a, weights, new Float32Array(weights.shape[0]!));
  }
  return matmul(node, a, node.input(1));
}

export function matmul(node: OnnxNode, a: ValueId, b: ValueId): ValueId {
  const [left, right] = [shapeOf(node, a), shapeOf(node, b)];
  const row = left.length === 1 ? reshape(node, a, [1, left[0]!]) : a;
  const column = right.length === 1 ? reshape(node, b, [right[0]!, 1]) : b;
  const result = node.emit({ kind: 'matmul' }, [row, column]);
  const shape = shapeOf(node, result);
  const end = shape.length;
  return reshape(
    node,
    result,
    shape.filter((_, axis) => !(axis === end - 2 && left.length === 1) && !(axis === end - 1 && right.length === 1)),
  );
}

function dense(node: OnnxNode, x: ValueId, weights: Tensor, bias: Float32Array): ValueId {
  const w = node.addConstant(`${node.name}/weights`, weights.shape, weights.data);
  const b = node.addConstant(`${node.name}/bias`, [bias.length], bias);
  return node.emit({ kind: 'dense', activation: null }, [x, w, b]);
}
