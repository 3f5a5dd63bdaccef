import { fitPareto } from './pareto.ts';

/** The highest of some normal scores, above a level: what a tail is fitted to. */
export interface Tail {
  readonly level: number;
  /** Scores that were looked at, and how many of them lay above the level. */
  readonly scores: number;
  readonly peaks: number;
  /** How far the peaks lie above the level; of very many, some that stand for all. */
  readonly excesses: readonly number[];
}

/** Scores above this quantile are the tail (Siffer et al. 2017). */
export const tailQuantile = 0.98;
const leastExcesses = 20;
/** Beyond these a fit says more of single scores than of the tail. */
const [leastShape, greatestShape] = [-0.5, 0.5];

/** A score that a share `risk` of all scores exceeds; or why no tail says one. */
export type Beyond = { readonly value: number; readonly problem: null } | { readonly value: null; readonly problem: string };

/**
 * Peaks over threshold: the tail, as a generalised Pareto distribution, is followed to where a share `risk` of all scores remains:
 * level + scale / shape ((risk scores / peaks)^-shape - 1) (Siffer et al., "Anomaly detection in streams with extreme value theory", KDD
 * 2017, equation 1). It goes on beyond the highest score seen. `censored`: distances from the level that some more peaks exceeded.
 */
export function beyondTail({ level, scores, peaks, excesses }: Tail, censored: readonly number[], risk: number): Beyond {
  if (excesses.length < leastExcesses) {
    const problem = `${excesses.length} scores above the ${tailQuantile} quantile are too few for a tail, which wants ${leastExcesses}`;
    return { value: null, problem };
  }
  const { shape, scale } = fitPareto(excesses, censored);
  if (!(shape > leastShape && shape < greatestShape && scale > 0)) {
    const expected = `expected ${leastShape} to ${greatestShape}`;
    return { value: null, problem: `the fitted tail is not plausible (shape ${shape.toPrecision(3)}, ${expected})` };
  }
  const ratio = (risk * scores) / peaks;
  const beyond = Math.abs(shape) < 1e-9 ? -scale * Math.log(ratio) : (scale / shape) * (ratio ** -shape - 1);
  return { value: level + beyond, problem: null };
}
