import type { BinaryFunction } from '../../../../ops/binary.ts';
import type { Elementwise } from '../../../../ops/elementwise.ts';
import * as compose from '../../../compose.ts';
import type { Row, Rows } from '../row.ts';
import { plusNoise, timesNoise } from './noise.ts';

const elementwise =
  (fn: Elementwise['fn'], ...parameters: readonly number[]): Row =>
  (node) =>
    compose.elementwise(node, fn, node.input(0), ...parameters);

/** Two operands that broadcast as NumPy's do. */
const binary =
  (fn: BinaryFunction): Row =>
  (node) =>
    compose.binary(node, fn, node.input(0), node.input(1));

const add = plusNoise(binary('add'));

/** Operators that work on each value by itself (https://www.tensorflow.org/api_docs/python/tf/raw_ops). */
export const pointwise: Rows = {
  Abs: elementwise('abs'),
  Add: add,
  AddN: (node) => node.allInputs().reduce((a, b) => compose.binary(node, 'add', a, b)),
  AddV2: add,
  Ceil: elementwise('ceil'),
  ClipByValue: (node) =>
    compose.elementwise(node, 'clip', node.input(0), node.constant(1).data[0] ?? 0, node.constant(2).data[0] ?? 0),
  Cos: elementwise('cos'),
  // Of whole numbers it is cut off towards zero.
  Div: (node) => {
    const quotient = compose.binary(node, 'div', node.input(0), node.input(1));
    return /INT/.test(node.type('T')) ? compose.castTo(node, quotient, 'int32') : quotient;
  },
  Elu: elementwise('elu', 1),
  Erf: elementwise('erf'),
  Exp: elementwise('exp'),
  Floor: elementwise('floor'),
  FloorDiv: (node) => compose.elementwise(node, 'floor', compose.binary(node, 'div', node.input(0), node.input(1))),
  LeakyRelu: (node) => compose.elementwise(node, 'leakyRelu', node.input(0), node.float('alpha', 0.2)),
  Log: elementwise('log'),
  Maximum: binary('max'),
  Minimum: binary('min'),
  Mul: timesNoise(binary('mul')),
  Neg: elementwise('neg'),
  Pow: binary('pow'),
  Prelu: binary('prelu'),
  RealDiv: binary('div'),
  Reciprocal: elementwise('reciprocal'),
  Relu: elementwise('relu'),
  Relu6: elementwise('relu6'),
  Round: elementwise('round'),
  Rsqrt: elementwise('power', -0.5),
  Selu: elementwise('selu'),
  Sigmoid: elementwise('sigmoid'),
  Sign: elementwise('sign'),
  Sin: elementwise('sin'),
  Softplus: elementwise('softplus'),
  Softsign: elementwise('softsign'),
  Sqrt: elementwise('sqrt'),
  Square: elementwise('square'),
  SquaredDifference: (node) => compose.elementwise(node, 'square', compose.binary(node, 'sub', node.input(0), node.input(1))),
  Sub: binary('sub'),
  Tanh: elementwise('tanh'),
};
