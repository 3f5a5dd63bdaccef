import type { ValueId } from '../../../ir/graph.ts';
import { gatesOf, type Recurrent } from '../../../ops/recurrent.ts';
import { filled, gather, reshape, shapeOf, slice, transpose } from '../../compose.ts';
import { elementwiseOf } from '../activations.ts';
import { booleanOr, get, numberOr, textOr, type Config } from '../config.ts';
import { Layer } from '../layer.ts';
import type { Result, Row, Rows } from '../row.ts';

/** Recurrent layers over [n x steps x in]. Keras has the gates in the order of our op, and kernels [in x gates * units]. */
export const recurrentLayers: Rows = {
  LSTM: layerOf('lstm'),
  GRU: layerOf('gru'),
  SimpleRNN: layerOf('simple'),
  RNN: rnn,
};

/** What a recurrent layer may give; each is made when it is asked for. */
export interface Run {
  /** All hidden states, in the order of the input. */
  readonly sequence: () => ValueId;
  /** The last states: hidden, and of an LSTM the cell's. */
  readonly states: readonly (() => ValueId)[];
}

function layerOf(cell: Recurrent['cell']): Row {
  return (layer) => outputsOf(layer, runRecurrent(layer, cell, booleanOr(layer.config, 'go_backwards', false)));
}

/** Keras gives the sequence of a layer that goes backwards in the order in which it was made. */
function outputsOf(layer: Layer, run: Run): Result {
  const { config } = layer;
  const sequences = booleanOr(config, 'return_sequences', false);
  const y = sequences ? run.sequence() : run.states[0]!();
  const ordered = sequences && booleanOr(config, 'go_backwards', false) ? reversed(layer, y) : y;
  return booleanOr(config, 'return_state', false) ? [ordered, ...run.states.map((state) => state())] : ordered;
}

/** Steps in the other order. */
function reversed(layer: Layer, x: ValueId): ValueId {
  const steps = shapeOf(layer, x)[1]!;
  return gather(
    layer,
    x,
    1,
    Array.from({ length: steps }, (_, i) => steps - 1 - i),
  );
}

const cellKinds: Readonly<Record<string, Recurrent['cell']>> = { LSTMCell: 'lstm', GRUCell: 'gru', SimpleRNNCell: 'simple' };

/** A layer that a cell was given to. */
function rnn(layer: Layer): Result {
  const holder = get(layer.config, 'cell') as Config | undefined;
  const kind = textOr(holder ?? {}, 'class_name', '?');
  const cell = Object.hasOwn(cellKinds, kind) ? cellKinds[kind] : undefined;
  if (cell === undefined) throw layer.refuse(`a cell of class ${kind.slice(0, 60)}`);
  const config = { ...(holder!['config'] as Config), ...layer.config, units: numberOr(holder!['config'] as Config, 'units', 0) };
  const inner = new Layer({ kind, name: layer.name, config }, layer.call, layer.path, layer.scope);
  return outputsOf(layer, runRecurrent(inner, cell, booleanOr(layer.config, 'go_backwards', false)));
}

/** Runs a recurrent layer over its input, from the states that it is called with or from zeros. */
export function runRecurrent(layer: Layer, cell: Recurrent['cell'], reverse: boolean): Run {
  refuseVariants(layer);
  const { config } = layer;
  const [x, ...given] = [...layer.inputs, ...layer.named('initial_state')];
  if (x === undefined) throw layer.error('is called without a tensor', 'The file looks damaged: save the model again.');
  const [n, steps, depth] = shapeOf(layer, x);
  const hidden = numberOr(config, 'units', 0);
  const rows = gatesOf[cell] * hidden;
  const usesBias = booleanOr(config, 'use_bias', true);
  const resetAfter = cell === 'gru' && booleanOr(config, 'reset_after', false);
  const weights = layer.weights(['kernel', 'recurrent_kernel', usesBias ? 'bias' : null], [{ name: null, at: 'cell' }]);
  const none = filled(layer, [rows], 0);
  const bias = usesBias ? weights.constant('bias', [resetAfter ? 2 * rows : rows]) : none;
  const zeros = (): ValueId => filled(layer, [n!, hidden], 0);
  const operands = [
    x,
    transpose(layer, weights.constant('kernel', [depth ?? 0, rows]), [1, 0]),
    transpose(layer, weights.constant('recurrent_kernel', [hidden, rows]), [1, 0]),
    ...(resetAfter && usesBias ? [slice(layer, bias, 0, 0, rows), slice(layer, bias, 0, rows, rows)] : [bias, none]),
    given[0] ?? zeros(),
  ];
  if (cell === 'lstm') operands.push(given[1] ?? zeros(), filled(layer, [3 * hidden], 0));
  const activation = elementwiseOf(layer, get(config, 'activation') ?? 'tanh');
  const gateActivation = cell === 'simple' ? activation : elementwiseOf(layer, get(config, 'recurrent_activation') ?? 'sigmoid');
  const emit = (output: Recurrent['output']): ValueId =>
    layer.emit(
      { kind: 'recurrent', cell, reverse, output, gateActivation, activation, outputActivation: activation, resetAfter },
      operands,
    );
  // A layer whose sequence or last state is read does not run again for it.
  let all: ValueId | null = null;
  const sequence = (): ValueId => (all ??= emit('sequence'));
  let lastOne: ValueId | null = null;
  const last = (): ValueId =>
    (lastOne ??= all === null ? emit('hidden') : reshape(layer, slice(layer, all, 1, reverse ? 0 : steps! - 1, 1), [n!, hidden]));
  return { sequence, states: cell === 'lstm' ? [last, () => emit('cell')] : [last] };
}

function refuseVariants(layer: Layer): void {
  if (booleanOr(layer.config, 'stateful', false)) {
    throw layer.error(
      'is stateful: it carries its state from batch to batch',
      'Build it with stateful=False, copy the weights with set_weights, and save that.',
    );
  }
  if (booleanOr(layer.config, 'time_major', false)) throw layer.refuse('time_major');
  if (layer.named('mask').length > 0) throw layer.refuse('a mask');
}
