import type { ValueId } from '../../../ir/graph.ts';
import type { BinaryFunction } from '../../../ops/binary.ts';
import type { Elementwise } from '../../../ops/elementwise.ts';
import * as compose from '../../compose.ts';
import { applyFused } from '../fused.ts';
import type { TfliteNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';
import { options } from '../schema.ts';
import { plusNoise, timesNoise } from './noise.ts';

const elementwise =
  (fn: Elementwise['fn'], ...parameters: readonly number[]): Row =>
  (node) =>
    compose.elementwise(node, fn, node.input(0), ...parameters);

const both = (node: TfliteNode, fn: BinaryFunction): ValueId => compose.binary(node, fn, node.input(0), node.input(1));

/** Two operands that broadcast as NumPy's do. */
const binary =
  (fn: BinaryFunction): Row =>
  (node) =>
    both(node, fn);

/** With a fused activation. */
const arithmetic =
  (fn: BinaryFunction): Row =>
  (node) =>
    applyFused(node, options.Binary.fused, both(node, fn));

/** Operators that work on each value by itself (https://ai.google.dev/edge/litert). */
export const pointwise: Rows = {
  ABS: elementwise('abs'),
  ADD: plusNoise(arithmetic('add')),
  CEIL: elementwise('ceil'),
  COS: elementwise('cos'),
  DIV: arithmetic('div'),
  ELU: elementwise('elu', 1),
  EXP: elementwise('exp'),
  FLOOR: elementwise('floor'),
  GELU: (node) => compose.elementwise(node, node.flag(options.Gelu.approximate) ? 'geluTanh' : 'gelu', node.input(0)),
  HARD_SWISH: elementwise('hardSwish'),
  LEAKY_RELU: (node) => compose.elementwise(node, 'leakyRelu', node.input(0), node.float(options.LeakyRelu.alpha)),
  LOG: elementwise('log'),
  LOGISTIC: elementwise('sigmoid'),
  MAXIMUM: binary('max'),
  MINIMUM: binary('min'),
  MUL: timesNoise(arithmetic('mul')),
  NEG: elementwise('neg'),
  POW: binary('pow'),
  PRELU: binary('prelu'),
  RELU: elementwise('relu'),
  RELU6: elementwise('relu6'),
  RELU_0_TO_1: elementwise('clip', 0, 1),
  RELU_N1_TO_1: elementwise('clip', -1, 1),
  ROUND: elementwise('round'),
  RSQRT: elementwise('power', -0.5),
  SIGN: elementwise('sign'),
  SIN: elementwise('sin'),
  SQRT: elementwise('sqrt'),
  SQUARE: elementwise('square'),
  SQUARED_DIFFERENCE: (node) => compose.elementwise(node, 'square', both(node, 'sub')),
  SUB: arithmetic('sub'),
  TANH: elementwise('tanh'),
};
