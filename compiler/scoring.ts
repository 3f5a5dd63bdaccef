import type { ScoreFunction } from '../runtime-js/artifact/manifest.ts';
import type { Autoencoder } from './autoencoder.ts';
import { InputError } from './error.ts';
import { typeOf, type ValueId } from './ir/graph.ts';
import { sizeOf } from './ir/tensor.ts';
import { findLatent } from './plan/latent.ts';
import { quantize } from './quantize/index.ts';
import { definitionOf } from './score/table.ts';
import type { Beside, LooksAt, ScoreDefinition, ScoredModel, Seen } from './score/define.ts';

/** A score function of one model. */
export interface Scoring {
  readonly definition: ScoreDefinition<LooksAt>;
  readonly model: ScoredModel<LooksAt>;
  /** Which values of the float graph it looks at beside the window and its reconstruction. */
  readonly beside: Beside<ValueId>[LooksAt];
  /** The latent code that it looks at; null: none. */
  readonly code: { readonly value: ValueId; readonly node: string } | null;
}

/** What a score is asked of. */
interface Wanted {
  readonly score: ScoreFunction;
  readonly cut: string | null;
  readonly stateful: boolean;
}

/** Throws an InputError where the score is not to be had of the model. */
export function scoringOf(model: Autoencoder, file: string, wanted: Wanted): Scoring {
  const definition = definitionOf(wanted.score);
  const code = definition.looksAt === 'reconstruction' ? null : findCode(model, file, wanted);
  const beside: Beside<ValueId>[LooksAt] =
    code === null ? {} : { code: code.value, ...(model.distribution && { logVariance: model.distribution.logVariance }) };
  const scored = { shape: model.window, sizes: mapBeside(beside, (id) => sizeOf(typeOf(model.graph, id).shape)) };
  const refusal = definition.refuse(scored);
  if (refusal !== null) throw new InputError({ where: file, ...refusal });
  return { definition, model: scored, beside, code };
}

/** The values of one window that a score looks at. `valuesOf`: of a value of the float graph. */
export const seenBy = ({ beside }: Scoring, x: Float32Array, y: Float32Array, valuesOf: (id: ValueId) => Float32Array) =>
  ({ x, y, ...mapBeside(beside, valuesOf) }) satisfies Seen<LooksAt>;

/** The one cast of this kind: the keys stay. */
export const mapBeside = <A, B>(beside: Beside<A>[LooksAt], f: (part: A) => B): Beside<B>[LooksAt] =>
  Object.fromEntries(Object.entries(beside as Record<string, A>).map(([key, part]) => [key, f(part)])) as Beside<B>[LooksAt];

/**
 * The value of the float graph that `encode` gives. Where a model may be cut its kernels say, so it is lowered here as if each value went from -1 to 1
 * (where it can be cut does not depend on the data).
 */
function findCode(model: Autoencoder, file: string, { cut, stateful }: Wanted): NonNullable<Scoring['code']> {
  if (stateful) throw noCode(file, 'a model that is read step by step has no code of a whole window');
  const { graph, distribution } = model;
  const ranges = new Map([...graph.values.keys()].map((id) => [id, { min: -1, max: 1, rms: 0.5 }]));
  const calibrated = { graph, ranges, activity: new Map() };
  const logVariance = distribution?.logVariance ?? null;
  const scored = quantize(calibrated, { scaling: null, activations: 'int8', rounding: 'float', logVariance }, file);
  const latent = findLatent(scored.graph, cut);
  if (latent === null) throw noCode(file, 'no hidden value is one through which everything passes');
  const [value] = [...scored.origins.lowered].findLast(([, lowered]) => lowered === latent.value)!;
  const node = scored.graph.nodes[latent.after]!.name;
  if (distribution !== null && scored.origins.lowered.get(distribution.mean) !== latent.value) {
    throw noCode(file, `what is encoded is "${node}", not the mean that the sampling layer reads`);
  }
  return { value, node };
}

/** `why` completes "... has no latent code to score". */
export const noCode = (file: string, why: string): InputError =>
  new InputError({
    where: file,
    what: `has no latent code that a score could look at: ${why}`,
    hint: 'Take a score of the reconstruction: --score mse, weighted or mahalanobis.',
  });
