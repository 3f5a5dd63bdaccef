import type { ValueId } from '../../ir/graph.ts';
import { transposed } from '../../ir/transposed.ts';
import { sizeOf } from '../../ir/tensor.ts';
import type { BinaryFunction } from '../../ops/binary.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import type { OnnxNode } from './node.ts';

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
  Dropout: same,
  Cast: same,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: (node) => {
    const shape = node.shape(0);
    return node.emit({ kind: 'transpose', permutation: node.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis) }, [
      node.input(0),
    ]);
  },
};

/** alpha * A' * B' + beta * C with constant B and C: dense with weights [out x in]. */
function gemm(node: OnnxNode): ValueId {
  if (node.int('transA', 0) !== 0) throw node.refuse('transA');
  const stored = node.constantTensor(1);
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
  if (sizeOf(shape) !== channels) throw node.refuse(`normalising ${channels} channels`, shape);
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

function selu(node: OnnxNode): Elementwise {
  if (node.attribute('alpha') !== null || node.attribute('gamma') !== null) throw node.refuse('alpha or gamma of its own');
  return { fn: 'selu', parameters: [] };
}

/** Before opset 13 softmax runs over all axes from `axis` on; on [batch x features] that is the last one too. */
function softmax(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const axis = node.int('axis', node.scope.opset < 13 ? 1 : -1);
  if (axis !== -1 && axis !== shape.length - 1) throw node.refuse(`axis ${axis}`, shape);
  return node.emit({ kind: 'softmax' }, [node.input(0)]);
}

function flatten(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const axis = node.int('axis', 1);
  const cut = axis < 0 ? axis + shape.length : axis;
  return node.emit({ kind: 'reshape', shape: [sizeOf(shape.slice(0, cut)), sizeOf(shape.slice(cut))] }, [node.input(0)]);
}

/** 0 copies an extent of the input, -1 takes what is left. */
function reshape(node: OnnxNode): ValueId {
  const from = node.shape(0);
  const wanted = node.has(1) ? [...node.constant(1).values] : (node.ints('shape') ?? []);
  const copied = wanted.map((extent, axis) => (extent === 0 && node.int('allowzero', 0) === 0 ? (from[axis] ?? 0) : extent));
  const known = copied.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  return node.emit({ kind: 'reshape', shape: copied.map((extent) => (extent === -1 ? sizeOf(from) / known : extent)) }, [
    node.input(0),
  ]);
}

const axesOf = (node: OnnxNode): readonly number[] | null => (node.has(1) ? [...node.constant(1).values] : node.ints('axes'));

function squeeze(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const axes = axesOf(node)?.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const kept = shape.filter((extent, axis) => (axes === undefined ? extent !== 1 : !axes.includes(axis)));
  return node.emit({ kind: 'reshape', shape: kept }, [node.input(0)]);
}

function unsqueeze(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const axes = axesOf(node) ?? [];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  let next = 0;
  return node.emit(
    { kind: 'reshape', shape: Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : shape[next++]!)) },
    [node.input(0)],
  );
}
