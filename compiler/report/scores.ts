import { compareScores, mean } from '../accuracy.ts';
import type { Means, Pairs, ScoreReport, TestReport } from './analysis.ts';
import { scoreHistogram } from './histogram.ts';
import { evenly } from './values.ts';

/** Scores of the normal data, window by window, by the float model and by the artifact. */
export interface NormalScores {
  readonly float: Float64Array;
  readonly integer: Float32Array;
  readonly isHeldOut: (window: number) => boolean;
}

/** Scores of a test file by the artifact, and by the float model of some of its windows (null: the model was not given). */
export interface TestScores {
  readonly file: string;
  readonly integer: Float32Array;
  readonly float: { readonly windows: readonly number[]; readonly scores: readonly number[] } | null;
}

/** Points of a scatter plot, beyond which more show nothing more. */
const mostPoints = 600;

/** What the scores tell. `accuracy`: of the manifest, if there is no normal data. */
export function scoreReport(
  normal: NormalScores | null,
  tests: readonly TestScores[],
  { threshold, accuracy }: { readonly threshold: number; readonly accuracy: ScoreReport['accuracy'] },
): ScoreReport {
  const all = tests.map(({ integer }) => integer);
  const rest = { tests: tests.map((test) => testReport(test, threshold)) };
  if (normal === null) {
    return { accuracy, pairs: null, means: null, histogram: scoreHistogram(null, all, threshold), above: null, ...rest };
  }
  const windows = Array.from(normal.integer.keys());
  const heldOut = windows.filter(normal.isHeldOut);
  const pick = (of: readonly number[]): Pairs => ({
    float: of.map((window) => normal.float[window]!),
    integer: of.map((window) => normal.integer[window]!),
  });
  const known = pick(heldOut);
  return {
    accuracy: { ...compareScores(known.float, known.integer), decibels: accuracy.decibels },
    pairs: pick(evenly(heldOut, mostPoints)),
    means: { calibration: meansOf(pick(windows.filter((window) => !normal.isHeldOut(window)))), heldOut: meansOf(known) },
    histogram: scoreHistogram(normal.integer, all, threshold),
    above: shareAbove(normal.integer, threshold),
    ...rest,
  };
}

const meansOf = ({ float, integer }: Pairs): Means => ({ windows: float.length, float: mean(float), integer: mean(integer) });

function testReport({ file, integer, float }: TestScores, threshold: number): TestReport {
  const pairs = float === null ? null : { float: float.scores, integer: float.windows.map((window) => integer[window]!) };
  return {
    file,
    windows: integer.length,
    mean: mean(integer),
    above: shareAbove(integer, threshold),
    accuracy: pairs === null ? null : compareScores(pairs.float, pairs.integer),
    pairs,
  };
}

const shareAbove = (scores: Float32Array, threshold: number): number =>
  scores.filter((score) => score > threshold).length / scores.length;
