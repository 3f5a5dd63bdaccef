import type { ValueId } from '../../../ir/graph.ts';
import { binary, constantOf, elementwise, rankOf, reduce, reshape, scalar, shapeOf, transpose } from '../../compose.ts';
import { booleanOr, get, numberOr, textOr } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Result, Rows } from '../row.ts';
import { denseOver } from './core.ts';

/** Attention over [n x steps x values]. Masks are refused: which step is hidden would depend on the data. */
export const attention: Rows = {
  MultiHeadAttention: multiHead,
  Attention: (layer) => single(layer, scoresOf(layer)),
  AdditiveAttention: (layer) => single(layer, additiveScores(layer, additiveScale(layer), null)),
};

interface Operands {
  readonly query: ValueId;
  readonly value: ValueId;
  readonly key: ValueId;
}

/** Called as (query, value, key), as ([query, value, key]), or by name; the key is the value if it is not given. */
function operandsOf(layer: Layer): Operands {
  if (['attention_mask', 'mask', 'query_mask', 'value_mask', 'key_mask'].some((name) => layer.named(name).length > 0)) {
    throw layer.refuse('a mask');
  }
  const [query = layer.named('query')[0], ...more] = layer.inputs;
  const value = layer.named('value')[0] ?? more.shift();
  const key = layer.named('key')[0] ?? more.shift() ?? value;
  if (query !== undefined && value !== undefined && key !== undefined) return { query, value, key };
  throw layer.error('is called without a query and a value', 'The file looks damaged: save the model again.');
}

/** Softmax of the scores [... x queries x keys] times the values; the shares too where the call asks for them. */
function weighted(layer: Layer, scores: ValueId, values: ValueId): readonly [y: ValueId, shares: ValueId] {
  const shares = layer.emit({ kind: 'softmax' }, [isCausal(layer) ? causal(layer, scores) : scores]);
  return [layer.emit({ kind: 'matmul' }, [shares, values]), shares];
}

const isCausal = (layer: Layer): boolean =>
  layer.plain(-1, 'use_causal_mask') === true || booleanOr(layer.config, 'causal', false);

/** No query sees a key that comes after it. Minus infinity is no trained value, so it comes from an op. */
function causal(layer: Layer, scores: ValueId): ValueId {
  const [queries, keys] = shapeOf(layer, scores).slice(-2);
  const visible = Array.from({ length: queries! * keys! }, (_, i) => (i % keys! <= Math.floor(i / keys!) ? 1 : 0));
  return binary(layer, 'add', scores, elementwise(layer, 'maskBias', constantOf(layer, [queries!, keys!], visible)));
}

const withScores = (layer: Layer, y: ValueId, scores: ValueId): Result =>
  layer.plain(-1, 'return_attention_scores') === true ? [y, scores] : y;

function single(layer: Layer, scores: ValueId): Result {
  return withScores(layer, ...weighted(layer, scores, operandsOf(layer).value));
}

/** score_mode dot: query * transpose(key), with use_scale times a trained number; concat: as the additive one. */
function scoresOf(layer: Layer): ValueId {
  const isScaled = booleanOr(layer.config, 'use_scale', false);
  const isConcat = textOr(layer.config, 'score_mode', 'dot') === 'concat';
  const weights = layer.weights([isScaled ? 'scale' : null, isConcat ? 'concat_score_weight' : null]);
  const scale = isScaled ? weights.constant('scale', []) : null;
  if (isConcat) return additiveScores(layer, scale, weights.constant('concat_score_weight', []));
  const { query, key } = operandsOf(layer);
  const scores = layer.emit({ kind: 'matmul' }, [query, transpose(layer, key, [0, 2, 1])]);
  return scale === null ? scores : binary(layer, 'mul', scores, scale);
}

/** AdditiveAttention has a factor per channel, inside of the sum. */
function additiveScale(layer: Layer): ValueId | null {
  if (!booleanOr(layer.config, 'use_scale', true)) return null;
  return layer.weights(['scale']).constant('scale', shapeOf(layer, operandsOf(layer).query).slice(-1));
}

/**
 * sum over channels of tanh(query + key), [n x queries x keys]. A scale per channel is a factor of each tanh (AdditiveAttention);
 * with `factor`, of the sum, the scale is one of the argument (Attention in mode concat).
 */
function additiveScores(layer: Layer, scale: ValueId | null, factor: ValueId | null): ValueId {
  const { query, key } = operandsOf(layer);
  const [[n, queries, size], [, keys]] = [shapeOf(layer, query), shapeOf(layer, key)];
  const pairs = binary(layer, 'add', reshape(layer, query, [n!, queries!, 1, size!]), reshape(layer, key, [n!, 1, keys!, size!]));
  const inner = factor !== null && scale !== null ? binary(layer, 'mul', pairs, scale) : pairs;
  const curved = elementwise(layer, 'tanh', inner);
  const each = factor === null && scale !== null ? binary(layer, 'mul', curved, scale) : curved;
  const sum = reshape(layer, reduce(layer, 'sum', each, [3]), [n!, queries!, keys!]);
  return factor === null ? sum : binary(layer, 'mul', sum, factor);
}

/** https://arxiv.org/abs/1706.03762, section 3.2.2. Projections: kernel [in x heads x size], bias [heads x size]. */
function multiHead(layer: Layer): Result {
  const { config } = layer;
  const { query, value, key } = operandsOf(layer);
  const [n, steps] = shapeOf(layer, query);
  if (booleanOr(config, 'use_gate', false) || [query, value, key].some((x) => rankOf(layer, x) !== 3)) {
    throw layer.refuse(
      `attention over tensors of rank ${rankOf(layer, query)}${config['use_gate'] === true ? ', with a gate,' : ''}`,
    );
  }
  const heads = numberOr(config, 'num_heads', 1);
  const size = numberOr(config, 'key_dim', 1);
  const valueSize = numberOr(config, 'value_dim', size);
  const q = inHeads(layer, projected(layer, 'query', query, heads * size), heads);
  const k = inHeads(layer, projected(layer, 'key', key, heads * size), heads);
  const v = inHeads(layer, projected(layer, 'value', value, heads * valueSize), heads);
  const scaled = binary(layer, 'mul', q, scalar(layer, 1 / Math.sqrt(size)));
  const [mixed, shares] = weighted(layer, layer.emit({ kind: 'matmul' }, [scaled, transpose(layer, k, [0, 1, 3, 2])]), v);
  const joined = reshape(layer, transpose(layer, mixed, [0, 2, 1, 3]), [n!, steps!, heads * valueSize]);
  const wanted = [get(config, 'output_shape') ?? shapeOf(layer, query).at(-1)!].flat().map(Number);
  if (wanted.length !== 1) throw layer.refuse(`an output_shape of ${wanted.length} axes`);
  return withScores(layer, projected(layer, 'output', joined, wanted[0]!), shares);
}

function projected(layer: Layer, part: 'query' | 'key' | 'value' | 'output', x: ValueId, outputs: number): ValueId {
  const usesBias = booleanOr(layer.config, 'use_bias', true);
  const name = part === 'output' ? 'attention_output' : part;
  const weights = layer.weights(['kernel', usesBias ? 'bias' : null], [{ name, at: `${part}_dense` }]);
  return denseOver(layer, x, weights.constant('kernel', [shapeOf(layer, x)[2]!, outputs]), weights.bias(outputs, usesBias));
}

/** [n x steps x heads * size] -> [n x heads x steps x size] */
function inHeads(layer: Layer, x: ValueId, heads: number): ValueId {
  const [n, steps, width] = shapeOf(layer, x);
  return transpose(layer, reshape(layer, x, [n!, steps!, heads, width! / heads]), [0, 2, 1, 3]);
}
