import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import type { BinaryFunction } from '../../../ops/binary.ts';
import type { Elementwise } from '../../../ops/elementwise.ts';
import type { Reduce } from '../../../ops/reduce.ts';
import * as compose from '../../compose.ts';
import { concat, rankOf, reshape, shapeOf, transpose } from '../../compose.ts';
import { get, textOr } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Row, Rows } from '../row.ts';
import { operandsOf } from './merging.ts';

const pointwise =
  (fn: Elementwise['fn'], ...parameters: readonly number[]): Row =>
  (layer) =>
    compose.elementwise(layer, fn, layer.input, ...parameters);

/** NumPy's broadcasting, which joins trailing axes, where the layers of Keras join leading ones. */
const binary =
  (fn: BinaryFunction): Row =>
  (layer) =>
    operandsOf(layer).reduce((a, b) => compose.binary(layer, fn, a, b));

/** Operators on tensors by their names in Keras 3 (keras.ops) and in TensorFlow (tf.math and its like). */
const named: Readonly<Record<string, Row>> = {
  add: binary('add'),
  subtract: binary('sub'),
  multiply: binary('mul'),
  divide: binary('div'),
  maximum: binary('max'),
  minimum: binary('min'),
  power: binary('pow'),
  absolute: pointwise('abs'),
  negative: pointwise('neg'),
  exp: pointwise('exp'),
  log: pointwise('log'),
  sqrt: pointwise('sqrt'),
  square: pointwise('square'),
  reciprocal: pointwise('reciprocal'),
  sin: pointwise('sin'),
  cos: pointwise('cos'),
  relu: pointwise('relu'),
  relu6: pointwise('relu6'),
  sigmoid: pointwise('sigmoid'),
  tanh: pointwise('tanh'),
  softplus: pointwise('softplus'),
  silu: pointwise('silu'),
  mean: folded('mean'),
  sum: folded('sum'),
  max: folded('max'),
  min: folded('min'),
  reshape: reshaped,
  transpose: transposed,
  expand_dims: expanded,
  squeeze: squeezed,
  concatenate: (layer) => concat(layer, axisOf(layer, 1, -1), layer.inputs),
  matmul: (layer) => layer.emit({ kind: 'matmul' }, layer.inputs),
};

/** Class name in Keras 3 -> the operator. Those that a merging layer shares its name with are that layer. */
const classes = {
  Divide: 'divide',
  TrueDivide: 'divide',
  Power: 'power',
  Abs: 'absolute',
  Absolute: 'absolute',
  Negative: 'negative',
  Exp: 'exp',
  Log: 'log',
  Sqrt: 'sqrt',
  Square: 'square',
  Reciprocal: 'reciprocal',
  Sin: 'sin',
  Cos: 'cos',
  Relu: 'relu',
  Relu6: 'relu6',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
  Softplus: 'softplus',
  Silu: 'silu',
  Mean: 'mean',
  Sum: 'sum',
  Max: 'max',
  Min: 'min',
  Transpose: 'transpose',
  ExpandDims: 'expand_dims',
  Squeeze: 'squeeze',
  Matmul: 'matmul',
} as const;

/** TensorFlow's name -> the operator, where it is another one. */
const tensorflow: Readonly<Record<string, string>> = {
  sub: 'subtract',
  mul: 'multiply',
  truediv: 'divide',
  pow: 'power',
  abs: 'absolute',
  neg: 'negative',
  reduce_mean: 'mean',
  reduce_sum: 'sum',
  reduce_max: 'max',
  reduce_min: 'min',
  concat: 'concatenate',
};

export const operators: Rows = {
  ...Object.fromEntries(Object.entries(classes).map(([kind, name]) => [kind, named[name]!])),
  TFOpLambda: tensorflowOperator,
};

/** { function: 'math.add' }, or '__operators__.add' for a + b. */
function tensorflowOperator(layer: Layer): ReturnType<Row> {
  const path = textOr(layer.config, 'function', '?');
  const last = path.split('.').at(-1)!;
  const name = Object.hasOwn(tensorflow, last) ? tensorflow[last]! : last;
  const row = Object.hasOwn(named, name) ? named[name] : undefined;
  if (row === undefined) throw layer.refuse(`the operator tf.${path.slice(0, 60)}`);
  return row(layer);
}

/** An attribute of an operator: Keras 3 has it in the configuration, both may have it among the arguments. */
const attribute = (layer: Layer, position: number, name: string): unknown =>
  get(layer.config, name) ?? plainOf(layer, position, name) ?? undefined;

function plainOf(layer: Layer, position: number, name: string): unknown {
  const argument = layer.call.named.get(name) ?? layer.call.positional[position];
  if (argument === undefined || 'tensor' in argument) return undefined;
  return 'plain' in argument ? argument.plain : argument.list.map((item) => ('plain' in item ? item.plain : null));
}

const axisOf = (layer: Layer, position: number, fallback: number): number =>
  layer.axis(attribute(layer, position, 'axis') ?? fallback, rankOf(layer, layer.input));

function folded(fn: Reduce['fn']): Row {
  return (layer) => {
    const x = layer.input;
    const shape = shapeOf(layer, x);
    const stated = attribute(layer, 1, 'axis');
    const axes =
      stated === undefined ? shape.map((_, axis) => axis) : [stated].flat().map((axis) => layer.axis(axis, shape.length));
    const result = compose.reduce(layer, fn, x, axes);
    const keeps = attribute(layer, 2, 'keepdims') === true;
    const kept = shapeOf(layer, result).filter((_, axis) => !axes.includes(axis));
    return keeps ? result : reshape(layer, result, kept);
  };
}

function reshaped(layer: Layer): ValueId {
  const target = [attribute(layer, 1, 'shape') ?? attribute(layer, 1, 'newshape') ?? []].flat().map(Number);
  const size = sizeOf(shapeOf(layer, layer.input));
  const known = target.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  return reshape(
    layer,
    layer.input,
    target.map((extent) => (extent === -1 ? size / known : extent)),
  );
}

function transposed(layer: Layer): ValueId {
  const rank = rankOf(layer, layer.input);
  const order = attribute(layer, 1, 'axes') ?? attribute(layer, 1, 'perm');
  return transpose(
    layer,
    layer.input,
    Array.isArray(order) ? order.map(Number) : Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
  );
}

function expanded(layer: Layer): ValueId {
  const shape = shapeOf(layer, layer.input);
  const axis = layer.axis(attribute(layer, 1, 'axis') ?? -1, shape.length + 1);
  return reshape(layer, layer.input, shape.toSpliced(axis, 0, 1));
}

function squeezed(layer: Layer): ValueId {
  const shape = shapeOf(layer, layer.input);
  const stated = attribute(layer, 1, 'axis');
  const axes =
    stated === undefined
      ? shape.flatMap((extent, axis) => (extent === 1 && axis > 0 ? [axis] : []))
      : [stated].flat().map((axis) => layer.axis(axis, shape.length));
  return reshape(
    layer,
    layer.input,
    shape.filter((_, axis) => !axes.includes(axis)),
  );
}
