import type { ValueId } from '../../../ir/graph.ts';
import type { Elementwise } from '../../../ops/elementwise.ts';
import { gatesOf, type Recurrent } from '../../../ops/recurrent.ts';
import { concat, filled, gather, reshape, shapeOf, slice, transpose } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Output, Row, Rows } from '../row.ts';

interface Cell {
  readonly kind: Recurrent['cell'];
  /** Which block of the file's gates stands at each place of ours (https://onnx.ai/onnx/operators/onnx__LSTM.html: i o f c). */
  readonly gates: readonly number[];
  /** Per direction: of the gates, the candidate, the LSTM's output. */
  readonly activations: readonly string[];
}

/** Recurrent layers: X [steps x n x in], W [directions x gates * hidden x in], R [directions x gates * hidden x hidden]. */
export const recurrentLayers: Rows = {
  GRU: layer({ kind: 'gru', gates: [0, 1, 2], activations: ['Sigmoid', 'Tanh'] }),
  LSTM: layer({ kind: 'lstm', gates: [0, 2, 3, 1], activations: ['Sigmoid', 'Tanh', 'Tanh'] }),
  RNN: layer({ kind: 'simple', gates: [0], activations: ['Tanh'] }),
};

/** Outputs: all hidden states, the last ones, the LSTM's last cell states. */
function layer(cell: Cell): Row {
  return (node) => {
    if (node.attribute('clip') !== null) throw node.refuse('clip');
    if (node.int('input_forget', 0) !== 0) throw node.refuse('input_forget');
    const batchFirst = node.int('layout', 0) !== 0;
    const x = batchFirst ? node.input(0) : transpose(node, node.input(0), [1, 0, 2]);
    const [n, steps] = shapeOf(node, x);
    if (node.has(4) && node.constant(4).values.some((length) => length !== steps)) {
      throw node.refuse(`sequence_lens [${[...node.constant(4).values].join(', ')}] of other than all ${steps} steps`);
    }
    const direction = node.choice('direction', ['forward', 'reverse', 'bidirectional']);
    const reversed = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
    const functions = activationsOf(node, cell, reversed.length);
    const runs = reversed.map((reverse, at) => runDirection(node, cell, x, { reverse, at, n: n!, batchFirst }, functions[at]!));
    // Each is [n x ... x hidden]; the axis of directions comes in behind n, and n behind it if the file has it so.
    const joined = (parts: readonly ValueId[], order: readonly number[]): ValueId =>
      transpose(
        node,
        concat(
          node,
          1,
          parts.map((part) => withDirection(node, part)),
        ),
        order,
      );
    const last = batchFirst ? [0, 1, 2] : [1, 0, 2];
    const outputs: Output[] = [];
    if (node.wants(0))
      outputs[0] = joined(
        runs.map(({ sequence }) => sequence()),
        batchFirst ? [0, 2, 1, 3] : [2, 1, 0, 3],
      );
    if (node.wants(1))
      outputs[1] = joined(
        runs.map(({ hidden }) => hidden()),
        last,
      );
    if (node.wants(2))
      outputs[2] = joined(
        runs.map(({ cell: state }) => state()),
        last,
      );
    return outputs;
  };
}

/** [n x ...] -> [n x 1 x ...] */
function withDirection(node: OnnxNode, x: ValueId): ValueId {
  const [n, ...rest] = shapeOf(node, x);
  return reshape(node, x, [n!, 1, ...rest]);
}

interface Direction {
  readonly reverse: boolean;
  /** Its place among the directions. */
  readonly at: number;
  readonly n: number;
  readonly batchFirst: boolean;
}

interface Run {
  readonly sequence: () => ValueId;
  readonly hidden: () => ValueId;
  readonly cell: () => ValueId;
}

type Functions = Pick<Recurrent, 'gateActivation' | 'activation' | 'outputActivation'>;

function runDirection(node: OnnxNode, cell: Cell, x: ValueId, direction: Direction, functions: Functions): Run {
  const { reverse, at, n, batchFirst } = direction;
  const hidden = shapeOf(node, node.input(2))[2]!;
  const rows = gatesOf[cell.kind] * hidden;
  const own = (index: number, axis = 0): ValueId => slice(node, node.input(index), axis, at, 1);
  const weights = (index: number): ValueId =>
    inOrder(node, reshape(node, own(index), [rows, shapeOf(node, node.input(index))[2]!]), cell.gates, hidden);
  // Biases of the input and of the recurrence, one behind the other.
  const biases = node.has(3) ? reshape(node, own(3), [2 * rows]) : filled(node, [2 * rows], 0);
  const bias = (part: number): ValueId => inOrder(node, slice(node, biases, 0, part * rows, rows), cell.gates, hidden);
  const state = (index: number): ValueId =>
    node.has(index) ? reshape(node, own(index, batchFirst ? 1 : 0), [n, hidden]) : filled(node, [n, hidden], 0);
  const operands = [x, weights(1), weights(2), bias(0), bias(1), state(5)];
  if (cell.kind === 'lstm') {
    // Peepholes come for input, output, forget.
    const peepholes = node.has(7) ? reshape(node, own(7), [3 * hidden]) : filled(node, [3 * hidden], 0);
    operands.push(state(6), inOrder(node, peepholes, [0, 2, 1], hidden));
  }
  const resetAfter = node.int('linear_before_reset', 0) !== 0;
  const run = (output: Recurrent['output']): ValueId =>
    node.emit({ kind: 'recurrent', cell: cell.kind, reverse, output, ...functions, resetAfter }, operands);
  let all: ValueId | null = null;
  const sequence = (): ValueId => (all ??= run('sequence'));
  const lastOfAll = (): ValueId => {
    const steps = shapeOf(node, x)[1]!;
    return reshape(node, slice(node, sequence(), 1, reverse ? 0 : steps - 1, 1), [n, hidden]);
  };
  return { sequence, hidden: () => (node.wants(0) ? lastOfAll() : run('hidden')), cell: () => run('cell') };
}

/** Blocks of `hidden` rows in another order. */
const inOrder = (node: OnnxNode, x: ValueId, blocks: readonly number[], hidden: number): ValueId =>
  gather(
    node,
    x,
    0,
    blocks.flatMap((block) => Array.from({ length: hidden }, (_, row) => block * hidden + row)),
  );

/** Name -> our function and the defaults of its alpha and beta (those of the ONNX operators). */
const functionsByName: Readonly<Record<string, readonly [fn: Elementwise['fn'], alpha?: number, beta?: number]>> = {
  Elu: ['elu', 1],
  HardSigmoid: ['hardSigmoid', 0.2, 0.5],
  LeakyRelu: ['leakyRelu', 0.01],
  Relu: ['relu'],
  Sigmoid: ['sigmoid'],
  Softplus: ['softplus'],
  Softsign: ['softsign'],
  Tanh: ['tanh'],
  ThresholdedRelu: ['thresholdedRelu', 1],
};

/** Alphas and betas are lists that the activations which have one consume in turn. */
function activationsOf(node: OnnxNode, cell: Cell, directions: number): readonly Functions[] {
  const wanted = Array.from({ length: directions }, () => cell.activations).flat();
  const names = node.texts('activations') ?? wanted;
  if (names.length !== wanted.length) throw node.refuse(`activations ${names.join(', ')} for ${directions} directions`);
  const [alphas, betas] = ['activation_alpha', 'activation_beta'].map((list) => [...(node.attribute(list)?.floats ?? [])]);
  const all = names.map((name): Elementwise => {
    const known = Object.entries(functionsByName).find(([key]) => key.toLowerCase() === name.toLowerCase());
    if (known === undefined) throw node.refuse(`the activation ${name}`);
    const [fn, alpha, beta] = known[1];
    const parameters = [
      alpha === undefined ? [] : (alphas!.shift() ?? alpha),
      beta === undefined ? [] : (betas!.shift() ?? beta),
    ];
    return { fn, parameters: parameters.flat() };
  });
  const each = cell.activations.length;
  return Array.from({ length: directions }, (_, at) => {
    const [first, second, third] = all.slice(at * each, (at + 1) * each);
    // A simple cell has no gates: its one activation is the candidate's.
    const activation = second ?? first!;
    return { gateActivation: first!, activation, outputActivation: third ?? activation };
  });
}
