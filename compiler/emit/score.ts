import { abiExports } from '../../runtime-js/artifact/abi.ts';
import type { ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import { unreachable } from '../error.ts';
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
export function scoreCalls(plan: Plan, score: ScoreFunction, model: ScoredModel<LooksAt>): ScoreCalls {
  const { graph, target, reconstruction } = plan.scored;
  const definition = definitionOf(score);
  const place = { ...placesOf(plan, definition.looksAt), ...plan.addresses.score };
  const args = [
    target === graph.inputs[0] ? 'x' : `${plan.values.get(target)}`,
    `${plan.values.get(reconstruction)}`,
    'errors',
    `${sizeOf(model.shape)}`,
    ...definition.extra(place, model).map(String),
  ];
  const before = definition.looksAt === 'reconstruction' ? [] : [codeToReal(plan)];
  return { before, score: { module: `score/${score}`, name: functionOf(score), args } };
}

/** Where what a score looks at lies: f32. */
function placesOf({ addresses, scored, values }: Plan, looksAt: LooksAt): Beside<number>[LooksAt] {
  switch (looksAt) {
    case 'reconstruction':
      return {};
    case 'code':
      return { code: addresses.latent };
    case 'distribution':
      return { code: addresses.latent, logVariance: values.get(scored.logVariance!)! };
    default:
      return unreachable(looksAt);
  }
}
