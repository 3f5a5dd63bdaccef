import type { ValueId } from '../../../ir/graph.ts';
import type { Elementwise } from '../../../ops/elementwise.ts';
import { concat, filled, shapeOf, transpose } from '../../compose.ts';
import { fusedActivation } from '../fused.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** Where the operator has what (kernels/unidirectional_sequence_lstm.cc); each list for input, forget, cell, output. */
const operands = {
  x: 0,
  inputWeights: [1, 2, 3, 4],
  recurrentWeights: [5, 6, 7, 8],
  peepholes: [9, 10, 11],
  biases: [12, 13, 14, 15],
  projection: [16, 17],
  states: [18, 19],
  layerNorm: [20, 21, 22, 23],
} as const;

const identity: Elementwise = { fn: 'clip', parameters: [] };

/** Recurrent layers: x [n x steps x in] -> all hidden states [n x steps x hidden]. */
export const recurrentLayers: Rows = { UNIDIRECTIONAL_SEQUENCE_LSTM: lstm };

function lstm(node: TfliteNode): ValueId {
  const slots = options.UnidirectionalSequenceLstm;
  refuseVariants(node);
  const timeMajor = node.flag(slots.timeMajor);
  const inSteps = (x: ValueId): ValueId => (timeMajor ? transpose(node, x, [1, 0, 2]) : x);
  const x = inSteps(node.input(operands.x));
  const [n] = shapeOf(node, x);
  const hidden = node.shape(operands.recurrentWeights[0])[0]!;
  const joined = (indices: readonly number[]): ValueId =>
    concat(
      node,
      0,
      indices.map((index) => (node.has(index) ? node.input(index) : filled(node, [hidden], 0))),
    );
  const activation = fusedActivation(node, slots.fused) ?? identity;
  const result = node.emit(
    {
      kind: 'recurrent',
      cell: 'lstm',
      reverse: false,
      output: 'sequence',
      gateActivation: { fn: 'sigmoid', parameters: [] },
      activation,
      outputActivation: activation,
      resetAfter: false,
    },
    [
      x,
      joined(operands.inputWeights),
      joined(operands.recurrentWeights),
      joined(operands.biases),
      filled(node, [4 * hidden], 0),
      // The states start at zero for each window.
      filled(node, [n!, hidden], 0),
      filled(node, [n!, hidden], 0),
      joined(operands.peepholes),
    ],
  );
  return inSteps(result);
}

function refuseVariants(node: TfliteNode): void {
  const slots = options.UnidirectionalSequenceLstm;
  const clips = [node.float(slots.cellClip), node.float(slots.projClip)];
  const variants: Readonly<Record<string, boolean>> = {
    'a coupled input and forget gate': !node.has(operands.inputWeights[0]),
    'a projection': operands.projection.some((index) => node.has(index)),
    'layer normalization': operands.layerNorm.some((index) => node.has(index)),
    'diagonal recurrent weights': node.flag(slots.diagonal),
    [`clipping at ${clips.join(' and ')}`]: clips.some((clip) => clip !== 0),
    'a state that is not its own': operands.states.some((index) => node.has(index) && !node.tensor(index).isVariable),
  };
  const found = Object.keys(variants).find((variant) => variants[variant] === true);
  if (found !== undefined) throw node.refuse(found);
}
