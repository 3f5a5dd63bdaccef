import type { ValueId } from '../../../ir/graph.ts';
import type { Tensor } from '../../../ir/tensor.ts';
import { transposed } from '../../../ir/transposed.ts';
import { binary, inFormat, rankOf, reshape, scalar, shapeOf, transpose } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Rows } from '../row.ts';

/** Products of matrices; by constant weights they are dense layers. */
export const linear: Rows = {
  Gemm: (node) => gemmByWeights(node) ?? inFormat(node, gemmOfValues(node), node.format(0)),
  MatMul: (node) => inFormat(node, product(node, node.input(0), node.input(1)), node.format(0)),
};

/** alpha * A * B' + beta * C with constant B, and constant C of one value per output: dense with weights [out x in]. */
function gemmByWeights(node: OnnxNode): ValueId | null {
  const stored = node.constantValue(node.input(1));
  const given = node.has(2) ? node.constantValue(node.input(2)) : { shape: [], data: new Float32Array(1) };
  if (node.int('transA', 0) !== 0 || stored === undefined || given === undefined) return null;
  if (stored.shape.length !== 2) throw node.refuse('B', stored.shape);
  const isOutputFirst = node.int('transB', 0) !== 0;
  const weights = isOutputFirst ? stored : transposed(stored);
  const outputs = weights.shape[0]!;
  const count = given.data.length;
  if (count !== 1 && given.shape.at(-1) !== count) return null;
  if (count !== 1 && count !== outputs) throw node.refuse(`C of ${count} values for ${outputs} outputs`);
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const bias = Float32Array.from({ length: outputs }, (_, o) => beta * given.data[count === 1 ? 0 : o]!);
  const scales = alpha === 1 ? node.scalesOf(node.input(1), isOutputFirst ? 0 : 1) : null;
  return dense(node, node.input(0), node.addWeights(scaled(weights, alpha), scales), bias);
}

const scaled = ({ shape, data }: Tensor, factor: number): Tensor => ({ shape, data: data.map((value) => factor * value) });

function gemmOfValues(node: OnnxNode): ValueId {
  const operand = (index: number, attribute: string): ValueId =>
    node.int(attribute, 0) === 0 ? node.input(index) : transpose(node, node.input(index), [1, 0]);
  const times = (x: ValueId, factor: number): ValueId => (factor === 1 ? x : binary(node, 'mul', x, scalar(node, factor)));
  const multiplied = node.emit({ kind: 'matmul' }, [operand(0, 'transA'), operand(1, 'transB')]);
  const result = times(multiplied, node.float('alpha', 1));
  return node.has(2) ? binary(node, 'add', result, times(node.input(2), node.float('beta', 1))) : result;
}

/** numpy.matmul; by constant weights [in x out] it is a dense layer without bias. */
export function product(node: OnnxNode, a: ValueId, b: ValueId): ValueId {
  const stored = node.constantValue(b);
  if (stored === undefined || stored.shape.length !== 2 || node.constantValue(a) !== undefined || rankOf(node, a) < 2) {
    return matmul(node, a, b);
  }
  const weights = transposed(stored);
  return dense(node, a, node.addWeights(weights, node.scalesOf(b, 1)), new Float32Array(weights.shape[0]!));
}

/** Vectors get the axis that they lack, and lose it again. */
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

const dense = (node: OnnxNode, x: ValueId, weights: ValueId, bias: Float32Array): ValueId =>
  node.emit({ kind: 'dense', activation: null }, [x, weights, node.addConstant(`${node.name}/bias`, [bias.length], bias)]);
