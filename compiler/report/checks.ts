import type { Analysis, Check, Verdict } from './analysis.ts';
import { clippedFrom } from './layers.ts';
import { count, counted, number, percent, ratio } from './words.ts';

/** What is known before it is judged. */
export type Facts = Omit<Analysis, 'checks' | 'verdict'>;

/** What an engineer would look at before trusting an artifact, most important first; a check that does not apply says nothing. */
export const checksOf = (facts: Facts): Check[] => checks.flatMap((check) => check(facts) ?? []);

const good = (sentence: string): Check => ({ state: 'good', sentence, advice: null });

const checks: readonly ((facts: Facts) => Check | null)[] = [
  sameBits,
  provenance,
  scoreError,
  clipping,
  clippingInTests,
  generalisation,
  thresholdSupport,
  bottleneck,
];

function sameBits({ host: { golden } }: Facts): Check {
  if (golden === null) {
    return {
      state: 'unknown',
      sentence: 'The golden windows were stripped: whether this machine gives the right bits cannot be told.',
      advice: 'Compile it again to get some.',
    };
  }
  if (golden.mismatches === 0) return good(`This machine gives the same bits of score on all ${golden.windows} golden windows.`);
  return {
    state: 'bad',
    sentence: `This machine gives other scores on ${golden.mismatches} of ${golden.windows} golden windows.`,
    advice: 'Its WebAssembly engine is at fault: update it, and report the case.',
  };
}

function provenance({ provenance: found, manifest }: Facts): Check {
  if (found === null) {
    return {
      state: 'unknown',
      sentence: 'Model and data were not given, so only what the artifact says of itself is here.',
      advice: `--model ${manifest.model.file} --data normal.csv show whether they give this file, and where the error of the integers comes from, layer by layer.`,
    };
  }
  if (found.differences.length === 0) return good('Model and data, compiled again, give this file byte for byte.');
  return {
    state: 'look',
    sentence: `Model and data, compiled again, do not give this file. They differ in: ${found.differences.join('; ')}.`,
    advice: 'Layers are shown as they come from this model and data; scores are those of the artifact itself.',
  };
}

/** Up to which mean relative error, and from which rank correlation on, scores count as the same, and as usable. */
const scoreLimits = { good: { error: 0.01, rank: 0.995 }, look: { error: 0.05, rank: 0.98 } } as const;

function scoreError({ scores: { accuracy }, manifest: { quantization } }: Facts): Check {
  const within = ({ error, rank }: { readonly error: number; readonly rank: number }): boolean =>
    accuracy.meanRelativeError <= error && accuracy.rankCorrelation >= rank;
  const figures = `${percent(accuracy.meanRelativeError)} mean difference, rank correlation ${accuracy.rankCorrelation.toFixed(5)} on ${counted(accuracy.windows, 'held-out window')}`;
  if (within(scoreLimits.good)) return good(`The integer scores follow the float model: ${figures}.`);
  const narrow = quantization.activations.startsWith('int8') || quantization.weights.startsWith('int8');
  const budget = percent(Math.min(scoreLimits.good.error, accuracy.meanRelativeError / 2)).replace(' ', '');
  return {
    state: within(scoreLimits.look) ? 'look' : 'bad',
    sentence: `The integer scores differ from the float model's: ${figures}.`,
    advice: narrow
      ? `Compile with --max-error ${budget}, which adds precision until that holds; the marked tensors say where it is lost.`
      : 'More precision is not to be had: give more calibration data, of all operating states.',
  };
}

function clipping({ layers }: Facts): Check | null {
  if (layers === null) return null;
  const worst = layers.reduce((a, b) => (b.heldOut.clipped > a.heldOut.clipped ? b : a));
  if (worst.heldOut.clipped <= clippedFrom) {
    return good(
      worst.heldOut.clipped === 0
        ? 'No value of the held-out windows is clipped.'
        : `At most ${percent(worst.heldOut.clipped)} of the held-out values of a tensor are clipped.`,
    );
  }
  return {
    state: 'look',
    sentence: `Of "${worst.name}", ${percent(worst.heldOut.clipped)} of the held-out values lie beyond what its format can say.`,
    advice: 'Calibrate with more data of all operating states; int16 activations (--activations) have room for more.',
  };
}

/** Abnormal values may be clipped; if most are, scores of all faults look alike. */
const clippedInTestsFrom = 0.02;

function clippingInTests({ layers, provenance: found }: Facts): Check | null {
  if (layers === null || found === null || found.tests.length === 0) return null;
  const all = layers.flatMap((layer) => layer.tests.map(({ clipped }, i) => ({ layer, clipped, file: found.tests[i]! })));
  const worst = all.reduce((a, b) => (b.clipped > a.clipped ? b : a));
  if (worst.clipped <= clippedInTestsFrom) {
    const most = worst.clipped === 0 ? 'no value' : `at most ${percent(worst.clipped)} of a tensor`;
    return good(`In the test data ${most} is clipped.`);
  }
  return {
    state: 'look',
    sentence: `In ${worst.file}, ${percent(worst.clipped)} of the values of "${worst.layer.name}" lie beyond what its format can say.`,
    advice: 'If these windows are abnormal, that only blunts how abnormal they look. If they are normal, calibrate with them.',
  };
}

/** How many times larger the held-out error may be: operating states differ. */
const overfittingFrom = 1.5;

function generalisation({ scores: { means } }: Facts): Check | null {
  if (means === null) return null;
  const { calibration, heldOut } = means;
  const times = ratio(heldOut.float, calibration.float);
  const figures = `mean float score ${number(heldOut.float)} on ${count(heldOut.windows)} held-out windows, ${number(calibration.float)} on the ${count(calibration.windows)} others`;
  if (times <= overfittingFrom) return good(`The model does as well on held-out windows: ${figures}.`);
  return {
    state: 'look',
    sentence: `The error on held-out windows is ${number(times)} times as large: ${figures}.`,
    advice: 'Either the model learnt its training data by heart, or the recording holds operating states that are rare in it.',
  };
}

/** Scores above a quantile that should carry it. */
const leastAbove = 5;

function thresholdSupport({ manifest: { score } }: Facts): Check | null {
  if (score.method !== 'quantile' || score.parameter === null) return null;
  const above = score.calibrationWindows * (1 - score.parameter);
  if (above >= leastAbove) return null;
  return {
    state: 'look',
    sentence: `The threshold rests on few scores: the ${score.parameter} quantile of ${count(score.calibrationWindows)} windows has ${number(above)} above it.`,
    advice: 'Record more normal data, or choose a lower quantile, pot:1e-3 or conformal:0.01.',
  };
}

function bottleneck({ latent }: Facts): Check | null {
  if (latent === null) return null;
  const used = `about ${latent.effective.toPrecision(2)} of ${latent.size} directions of the latent code are used`;
  if (latent.dead === 0) return good(`Every unit of the bottleneck varies; ${used}.`);
  return {
    state: 'look',
    sentence: `${latent.dead} of ${latent.size} units of the bottleneck "${latent.name}" give the same value on all windows; ${used}.`,
    advice: 'They carry nothing: a smaller bottleneck would do as well.',
  };
}

/** The worst of the checks decides. */
export function verdictOf(found: readonly Check[]): Verdict {
  const of = (state: Check['state']): readonly Check[] => found.filter((check) => check.state === state);
  const [bad, look, fine] = [of('bad'), of('look'), of('good')];
  if (bad.length > 0) return { state: 'bad', judgement: 'Do not rely on it yet.', reason: bad[0]!.sentence };
  if (look.length > 0) {
    const places = look.length === 1 ? 'one place' : `${look.length} places`;
    return { state: 'look', judgement: `It works, with ${places} to look at.`, reason: look[0]!.sentence };
  }
  const judgement =
    of('unknown').length === 0 ? 'It can be trusted.' : 'Nothing speaks against it, as far as that could be checked.';
  const reasons = fine.slice(0, 3).map(({ sentence }) => sentence);
  return { state: 'good', judgement, reason: reasons.join(' ') };
}
