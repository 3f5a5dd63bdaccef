import { abiExports } from '../../runtime-js/artifact/abi.ts';
import type { ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import { typeOf } from '../ir/graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import type { Call } from '../kernels/define.ts';
import type { Plan } from '../plan/plan.ts';
import { definitionOf } from '../score/table.ts';
import type { Beside, LooksAt, ScoredModel } from '../score/define.ts';
import { codeToReal } from './latent.ts';

export interface ScoreCalls {
  /** What the score looks at beside the reconstruction: calls between encoder and decoder. */
  readonly before: readonly Call[];
  readonly score: Call;
}

/** The function of runtime-as/score; a name that ABI 1 has already gets an ending. */
export const functionOf = (score: ScoreFunction): string => (score in abiExports ? `${score}_score` : score);

/** Scores what the model has read at `x`. */
export function scoreCalls(plan: Plan, score: ScoreFunction): ScoreCalls {
  const { graph, target, reconstruction } = plan.scored;
  const { shape } = typeOf(graph, graph.inputs[0]!);
  const definition = definitionOf(score);
  const { places, sizes } = besideOf(plan, definition.looksAt);
  const model = { shape, sizes };
  const args = [
    target === graph.inputs[0] ? 'x' : `${plan.values.get(target)}`,
    `${plan.values.get(reconstruction)}`,
    'errors',
    `${sizeOf(shape)}`,
    ...definition.extra({ ...places, ...plan.addresses.score }, model).map(String),
  ];
  const before = definition.looksAt === 'reconstruction' ? [] : [codeToReal(plan)];
  return { before, score: { module: `score/${score}`, name: functionOf(score), args } };
}

/** Where what a score looks at lies, and how many values there are. */
function besideOf(
  plan: Plan,
  looksAt: LooksAt,
): { readonly places: Beside<number>[LooksAt]; readonly sizes: ScoredModel<LooksAt>['sizes'] } {
  if (looksAt === 'reconstruction') return { places: {}, sizes: {} };
  const size = sizeOf(typeOf(plan.scored.graph, plan.latent!.value).shape);
  const code = { places: { code: plan.addresses.latent }, sizes: { code: size } };
  if (looksAt === 'code') return code;
  const logVariance = plan.values.get(plan.scored.logVariance!)!;
  return { places: { ...code.places, logVariance }, sizes: { ...code.sizes, logVariance: size } };
}
