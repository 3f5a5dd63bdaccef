import type { ValueId } from '../../ir/graph.ts';
import { transposed } from '../../ir/transposed.ts';
import { sizeOf, type Shape } from '../../ir/tensor.ts';
import type { BinaryFunction } from '../../ops/binary.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import { floatTypes } from './fold.ts';
import type { OnnxNode } from './node.ts';
import { flattenedShape, reshapedShape, squeezedShape, unsqueezedShape } from './shapes.ts';

type Row = (node: OnnxNode) => ValueId;

const same: Row = (node) => node.input(0);
const elementwise =
  (activation: (node: OnnxNode) => Elementwise): Row =>
  (node) =>
    node.emit({ kind: 'elementwise', ...activation(node) }, [node.input(0)]);
const binary =
  (fn: BinaryFunction): Row =>
  (node) =>
    node.emit({ kind: 'binary', fn }, [node.input(0), node.input(1)]);
const reshape =
  (shapeOf: (node: OnnxNode, from: Shape) => Shape): Row =>
  (node) =>
    node.emit({ kind: 'reshape', shape: shapeOf(node, node.shape(0)) }, [node.input(0)]);

/** One row per operator of the default domain (https://onnx.ai/onnx/operators). */
export const rows: Readonly<Record<string, Row>> = {
  Gemm: gemm,
  MatMul: matMul,
  Add: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  Div: binary('div'),
  BatchNormalization: batchNormalization,
  Relu: elementwise(() => ({ fn: 'relu', parameters: [] })),
  Clip: elementwise(clip),
  LeakyRelu: elementwise((node) => ({ fn: 'leakyRelu', parameters: [node.float('alpha', 0.01)] })),
  Elu: elementwise((node) => ({ fn: 'elu', parameters: [node.float('alpha', 1)] })),
  Selu: elementwise(selu),
  Sigmoid: elementwise(() => ({ fn: 'sigmoid', parameters: [] })),
  Tanh: elementwise(() => ({ fn: 'tanh', parameters: [] })),
  Softplus: elementwise(() => ({ fn: 'softplus', parameters: [] })),
  Softsign: elementwise(() => ({ fn: 'softsign', parameters: [] })),
  Softmax: softmax,
  Identity: same,
  Dropout: dropout,
  Cast: cast,
  Flatten: reshape(flattenedShape),
  Reshape: reshape(reshapedShape),
  Squeeze: reshape(squeezedShape),
  Unsqueeze: reshape(unsqueezedShape),
  Transpose: (node) => {
    const shape = node.shape(0);
    return node.emit({ kind: 'transpose', permutation: node.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis) }, [
      node.input(0),
    ]);
  },
};

function dropout(node: OnnxNode): ValueId {
  if (node.has(2) && node.constant(2).values[0] !== 0) throw node.refuse('training_mode');
  return node.input(0);
}

function cast(node: OnnxNode): ValueId {
  const to = node.int('to', 0);
  if (!floatTypes.has(to)) throw node.refuse(`a cast of computed values to type ${to}`);
  return node.input(0);
}

/** alpha * A' * B' + beta * C with constant B and C: dense with weights [out x in]. */
function gemm(node: OnnxNode): ValueId {
  if (node.int('transA', 0) !== 0) throw node.refuse('transA');
  const stored = node.constantTensor(1);
  if (stored.shape.length !== 2) throw node.refuse('B', stored.shape);
  const weights = node.int('transB', 0) === 0 ? transposed(stored) : stored;
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const outputs = weights.shape[0]!;
  const c = node.has(2) ? node.constantTensor(2).data : new Float32Array(1);
  if (c.length !== 1 && c.length !== outputs) throw node.refuse(`C of ${c.length} values for ${outputs} outputs`);
  const bias = Float32Array.from({ length: outputs }, (_, o) => beta * c[c.length === 1 ? 0 : o]!);
  return dense(node, { shape: weights.shape, data: weights.data.map((value) => alpha * value) }, bias);
}

function matMul(node: OnnxNode): ValueId {
  if (node.isConstant(1) && !node.isConstant(0) && node.constant(1).shape.length === 2) {
    const weights = transposed(node.constantTensor(1));
    return dense(node, weights, new Float32Array(weights.shape[0]!));
  }
  return node.emit({ kind: 'matmul' }, [node.input(0), node.input(1)]);
}

function dense(
  node: OnnxNode,
  weights: { readonly shape: readonly number[]; readonly data: Float32Array },
  bias: Float32Array,
): ValueId {
  const w = node.addConstant(`${node.name}/weights`, weights.shape, weights.data);
  const b = node.addConstant(`${node.name}/bias`, [bias.length], bias);
  return node.emit({ kind: 'dense', activation: null }, [node.input(0), w, b]);
}

/**
 * Inputs X, scale, B, mean, var. The channel is axis 1; some exporters (keras2onnx on dense layers) transpose
 * [1 x features] to [features x 1] before it, which no runtime takes as it is but which means the same.
 */
function batchNormalization(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((index) => node.constant(index).values);
  const channels = scale!.length;
  if (node.int('training_mode', 0) !== 0) throw node.refuse('training_mode');
  const [first, second] = shape;
  if (sizeOf(shape) !== channels || (second !== channels && !(shape.length === 2 && first === channels)))
    throw node.refuse(`normalising ${channels} channels`, shape);
  const epsilon = node.float('epsilon', 1e-5);
  const factors = scale!.map((value, i) => value / Math.sqrt(variance![i]! + epsilon));
  const offsets = offset!.map((value, i) => value - mean![i]! * factors[i]!);
  const row = node.emit({ kind: 'reshape', shape: [1, channels] }, [node.input(0)]);
  const normalised = node.emit({ kind: 'affine' }, [
    row,
    node.addConstant(`${node.name}/scale`, [channels], Float32Array.from(factors)),
    node.addConstant(`${node.name}/offset`, [channels], Float32Array.from(offsets)),
  ]);
  return node.emit({ kind: 'reshape', shape }, [normalised]);
}

/** Bounds are attributes before opset 11, optional inputs since. */
function clip(node: OnnxNode): Elementwise {
  const bound = (index: number, attribute: string, fallback: number): number =>
    node.has(index) ? node.constant(index).values[0]! : node.float(attribute, fallback);
  const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  return low === 0 && high === 6 ? { fn: 'relu6', parameters: [] } : { fn: 'clip', parameters: [low, high] };
}

/** Exporters write the two constants out, rounded to f32. */
function selu(node: OnnxNode): Elementwise {
  const [alpha, gamma] = [node.float('alpha', 1.6732632), node.float('gamma', 1.050701)];
  if (Math.abs(alpha - 1.6732632) > 1e-5 || Math.abs(gamma - 1.050701) > 1e-5) {
    throw node.refuse(`alpha ${alpha} with gamma ${gamma}`);
  }
  return { fn: 'selu', parameters: [] };
}

/** Before opset 13 softmax runs over all axes from `axis` on; on [batch x features] that is the last one too. */
function softmax(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const axis = node.int('axis', node.scope.opset < 13 ? 1 : -1);
  if (axis !== -1 && axis !== shape.length - 1) throw node.refuse(`axis ${axis}`, shape);
  return node.emit({ kind: 'softmax' }, [node.input(0)]);
}
