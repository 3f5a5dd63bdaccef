import type { ValueId } from '../../../ir/graph.ts';
import type { BinaryFunction } from '../../../ops/binary.ts';
import type { Recurrent } from '../../../ops/recurrent.ts';
import { binary, concat, rankOf, reshape, scalar, shapeOf } from '../../compose.ts';
import { booleanOr, get, isConfig, textOr } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Result, Rows } from '../row.ts';
import { runRecurrent, type Run } from './recurrent.ts';

/** Layers around a layer. */
export const wrappers: Rows = { TimeDistributed: timeDistributed, Bidirectional: bidirectional };

/** Applies a layer to each step: the steps go into the batch and come out again. */
function timeDistributed(layer: Layer): ValueId {
  const [n, steps, ...rest] = shapeOf(layer, layer.input);
  const folded = reshape(layer, layer.input, [n! * steps!, ...rest]);
  const [y] = layer.apply(get(layer.config, 'layer'), { at: 'layer', name: null }, [folded]);
  return reshape(layer, y!, [n!, steps!, ...shapeOf(layer, y!).slice(1)]);
}

const cells: Readonly<Record<string, Recurrent['cell']>> = { LSTM: 'lstm', GRU: 'gru', SimpleRNN: 'simple' };

/** Runs a layer forwards and another one backwards over the same steps. */
function bidirectional(layer: Layer): Result {
  const forward = get(layer.config, 'layer');
  const backward = get(layer.config, 'backward_layer') ?? forward;
  const [x, ...states] = [...layer.inputs, ...layer.named('initial_state')];
  const half = states.length / 2;
  const runs = [
    runOf(layer, forward, 'forward', [x!, ...states.slice(0, half)]),
    runOf(layer, backward, 'backward', [x!, ...states.slice(half)]),
  ];
  const { config } = runs[0]!.inner;
  const outputs = runs.map(({ run }) => (booleanOr(config, 'return_sequences', false) ? run.sequence() : run.states[0]!()));
  const merged = merge(layer, outputs);
  return booleanOr(config, 'return_state', false)
    ? [merged, ...runs.flatMap(({ run }) => run.states.map((state) => state()))].flat()
    : merged;
}

function runOf(
  layer: Layer,
  holder: unknown,
  direction: 'forward' | 'backward',
  inputs: readonly ValueId[],
): { readonly inner: Layer; readonly run: Run } {
  const own = isConfig(holder) && isConfig(holder['config']) ? holder['config'] : {};
  const name = textOr(own, 'name', '');
  const plainName = name.replace(/^(forward|backward)_/, '');
  const inner = layer.inner(holder, { at: `${direction}_layer`, name: `${direction}_${plainName}` }, inputs);
  const cell = Object.hasOwn(cells, inner.kind) ? cells[inner.kind] : undefined;
  if (cell === undefined) throw layer.refuse(`a layer of class ${inner.kind.slice(0, 60)} in both directions`);
  // The layer around it may itself have been given backwards; the second one then runs forwards.
  const first = isConfig(get(layer.config, 'layer'))
    ? layer.inner(get(layer.config, 'layer'), { at: 'layer', name: null }, [])
    : inner;
  const backwards = booleanOr(first.config, 'go_backwards', false);
  return { inner, run: runRecurrent(inner, cell, direction === 'forward' ? backwards : !backwards) };
}

const functions: Readonly<Record<string, BinaryFunction>> = { sum: 'add', mul: 'mul', ave: 'add' };

function merge(layer: Layer, parts: readonly ValueId[]): Result {
  const mode = get(layer.config, 'merge_mode') ?? null;
  if (mode === null) return parts;
  if (mode === 'concat') return concat(layer, rankOf(layer, parts[0]!) - 1, parts);
  const fn = Object.hasOwn(functions, String(mode)) ? functions[String(mode)] : undefined;
  if (fn === undefined) throw layer.refuse(`merge_mode "${String(mode).slice(0, 60)}"`);
  const merged = binary(layer, fn, parts[0]!, parts[1]!);
  return mode === 'ave' ? binary(layer, 'mul', merged, scalar(layer, 0.5)) : merged;
}
