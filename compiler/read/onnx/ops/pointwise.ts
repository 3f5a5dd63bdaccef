import type { ValueId } from '../../../ir/graph.ts';
import type { BinaryFunction } from '../../../ops/binary.ts';
import type { Elementwise } from '../../../ops/elementwise.ts';
import { binary, elementwise, filled, inFormat, scalar, shapeOf } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import { plusNoise, timesNoise } from './noise.ts';
import type { Row, Rows } from '../row.ts';

/** An activation whose parameters are attributes: name, default. */
const activation =
  (fn: Elementwise['fn'], ...parameters: readonly (readonly [attribute: string, fallback: number])[]): Row =>
  (node) =>
    elementwise(node, fn, node.input(0), ...parameters.map(([attribute, fallback]) => node.float(attribute, fallback)));

/** Whole numbers keep their width: beyond it they wrap, as in C. */
const arithmetic =
  (fn: BinaryFunction): Row =>
  (node) =>
    inFormat(node, binary(node, fn, node.input(0), node.input(1)), node.format(0));

/** Any number of operands, folded from the left. */
const variadic =
  (fn: BinaryFunction): Row =>
  (node) =>
    inFormat(node, folded(node, fn), node.format(0));

const folded = (node: OnnxNode, fn: BinaryFunction): ValueId =>
  node
    .inputs()
    .slice(1)
    .reduce((result, operand) => binary(node, fn, result, operand), node.input(0));

/** Whole numbers are divided towards zero. */
const divide: Row = (node) => inFormat(node, binary(node, 'div', node.input(0), node.input(1)), node.format(0));

/** 1 where a > b, else 0: the sign of a difference is exact in f32. */
const exceeds = (node: OnnxNode, a: ValueId, b: ValueId): ValueId =>
  elementwise(node, 'relu', elementwise(node, 'sign', binary(node, 'sub', a, b)));

const not = (node: OnnxNode, x: ValueId): ValueId => binary(node, 'sub', scalar(node, 1), x);

/** A comparison or a logical function: 1 for true, 0 for false. */
const truth =
  (compare: (node: OnnxNode, a: ValueId, b: ValueId) => ValueId): Row =>
  (node) => ({ value: compare(node, node.input(0), node.input(1)), format: 'bool' });

const equal = (node: OnnxNode, a: ValueId, b: ValueId): ValueId =>
  not(node, elementwise(node, 'abs', elementwise(node, 'sign', binary(node, 'sub', a, b))));

/** Operators that work on each value by itself, with NumPy broadcasting (https://onnx.ai/onnx/operators). */
export const pointwise: Rows = {
  Abs: activation('abs'),
  Add: plusNoise(arithmetic('add')),
  And: truth((node, a, b) => binary(node, 'mul', a, b)),
  Ceil: activation('ceil'),
  Celu: activation('celu', ['alpha', 1]),
  Clip: clip,
  Cos: activation('cos'),
  Div: divide,
  Dropout: dropout,
  Elu: activation('elu', ['alpha', 1]),
  Equal: truth(equal),
  Erf: activation('erf'),
  Exp: activation('exp'),
  Floor: activation('floor'),
  Gelu: (node) => elementwise(node, node.choice('approximate', ['none', 'tanh']) === 'tanh' ? 'geluTanh' : 'gelu', node.input(0)),
  Greater: truth(exceeds),
  GreaterOrEqual: truth((node, a, b) => not(node, exceeds(node, b, a))),
  HardSigmoid: activation('hardSigmoid', ['alpha', 0.2], ['beta', 0.5]),
  HardSwish: activation('hardSwish'),
  Identity: (node) => node.input(0),
  LeakyRelu: activation('leakyRelu', ['alpha', 0.01]),
  Less: truth((node, a, b) => exceeds(node, b, a)),
  LessOrEqual: truth((node, a, b) => not(node, exceeds(node, a, b))),
  Log: activation('log'),
  Max: variadic('max'),
  Mean: (node) => binary(node, 'div', folded(node, 'add'), scalar(node, node.proto.input.length)),
  Min: variadic('min'),
  Mish: activation('mish'),
  Mul: timesNoise(arithmetic('mul')),
  Neg: (node) => inFormat(node, elementwise(node, 'neg', node.input(0)), node.format(0)),
  Not: (node) => not(node, node.input(0)),
  Or: truth((node, a, b) => binary(node, 'max', a, b)),
  PRelu: (node) => binary(node, 'prelu', node.input(0), node.input(1)),
  Pow: arithmetic('pow'),
  Reciprocal: activation('reciprocal'),
  Relu: activation('relu'),
  Round: activation('round'),
  Selu: activation('selu', ['alpha', 1.67326319217681884765625], ['gamma', 1.05070102214813232421875]),
  Sigmoid: activation('sigmoid'),
  Sign: activation('sign'),
  Sin: activation('sin'),
  Softplus: activation('softplus'),
  Softsign: activation('softsign'),
  Sqrt: activation('sqrt'),
  Sub: arithmetic('sub'),
  Sum: variadic('add'),
  Swish: activation('silu', ['alpha', 1]),
  Tanh: activation('tanh'),
  ThresholdedRelu: activation('thresholdedRelu', ['alpha', 1]),
  Xor: truth((node, a, b) => elementwise(node, 'abs', binary(node, 'sub', a, b))),
};

/** Those of ONNX Runtime's own domain that its optimizer writes into models (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md). */
export const microsoftPointwise: Rows = {
  FastGelu: (node) =>
    elementwise(node, 'geluTanh', node.has(1) ? binary(node, 'add', node.input(0), node.input(1)) : node.input(0)),
  Gelu: activation('gelu'),
  QuickGelu: activation('silu', ['alpha', 1.702]),
};

/** Bounds are attributes before opset 11, optional inputs since. */
function clip(node: OnnxNode): ValueId {
  const bound = (index: number, attribute: string, fallback: number): number =>
    node.has(index) ? node.constant(index).values[0]! : node.float(attribute, fallback);
  const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  return low === 0 && high === 6
    ? elementwise(node, 'relu6', node.input(0))
    : elementwise(node, 'clip', node.input(0), low, high);
}

/** Inputs x, ratio, training_mode; outputs the values and a mask of those that are kept. */
function dropout(node: OnnxNode): ReturnType<Row> {
  const training = node.has(2) && node.constant(2).values[0] !== 0;
  const ratio = node.has(1) && training ? node.constant(1).values[0]! : node.float('ratio', 0.5);
  if (training && ratio !== 0) throw node.refuse(`training_mode with ratio ${ratio}`);
  const x = node.input(0);
  return node.wants(1) ? [x, { value: filled(node, shapeOf(node, x), 1), format: 'bool' }] : [x];
}
