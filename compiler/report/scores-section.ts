import type { Analysis, ScoreReport, TestReport } from './analysis.ts';
import { escape, facts } from './html.ts';
import { count, counted, number, percent, ratio } from './words.ts';

/** Float against integer scores, how they lie about the threshold, and how the bottleneck is used. */
export function scoresSection(analysis: Analysis): string {
  const { scores, latent } = analysis;
  const charts = [scatter(scores), histogram(analysis)].filter((chart) => chart !== '');
  return `<section aria-labelledby="scores">
<h2 id="scores">Scores</h2>
<div class="columns">${charts.map((chart) => `<div>${chart}</div>`).join('\n')}</div>
${facts(scoreFacts(analysis))}
${scores.tests.length === 0 ? '' : testTable(scores.tests)}
${scores.pairs === null ? '<p class="note">These figures are those that <code>compile</code> wrote into the artifact.</p>' : ''}
</section>
${latent === null ? withoutLatent(analysis) : bottleneck(analysis)}`;
}

const keys = ['normal', 'abnormal', 'third', 'fourth'];
const keyOf = (i: number): string => keys[Math.min(i, keys.length - 1)]!;

const legend = (names: readonly string[], more: string): string =>
  `<p class="legend">${names.map((name, i) => `<span class="key ${keyOf(i)}">${escape(name)}</span>`).join('')}${more}</p>`;

function scatter({ pairs, accuracy, tests }: ScoreReport): string {
  if (pairs === null) return '';
  const names = ['held-out windows', ...tests.map(({ file }) => file)];
  const text = `${percent(accuracy.meanRelativeError)} mean difference, rank correlation ${accuracy.rankCorrelation.toFixed(5)}`;
  return `<h3>Float model against artifact</h3>
${legend(names, '<span class="key line">the same</span>')}
<div class="chart" id="scatter" role="img" aria-label="Score of each window by the float model and by the artifact: ${text}"></div>
<p class="note">Each point is a window; on the dashed line both say the same. ${text}.</p>`;
}

function histogram({ scores: { histogram: found, tests }, manifest }: Analysis): string {
  if (found === null) return '';
  const names = [...(found.normal === null ? [] : ['normal data']), ...tests.map(({ file }) => file)];
  return `<h3>How the artifact's scores lie</h3>
${legend(names, '<span class="key limit">threshold</span>')}
<div class="chart" id="histogram" role="img" aria-label="Histogram of scores: ${escape(names.join(', '))}; threshold ${number(manifest.score.threshold)}"></div>
<p class="note">Share of windows per score${found.logarithmic ? ', on a logarithmic scale' : ''}. Drag to zoom, double-click to come back.</p>`;
}

function scoreFacts({ scores, manifest }: Analysis): (readonly [string, string])[] {
  const { accuracy, means, above } = scores;
  const { normal } = manifest.score;
  return [
    [
      'Mean relative error',
      `${percent(accuracy.meanRelativeError)} of the float score, on ${counted(accuracy.windows, 'held-out window')}`,
    ],
    ['Greatest difference', number(accuracy.maxDifference)],
    ['Rank correlation', `${accuracy.rankCorrelation.toFixed(5)} (Spearman); linear ${accuracy.correlation.toFixed(5)}`],
    ['Reconstruction', `${accuracy.decibels.toFixed(1)} dB above its quantization noise`],
    ['Normal scores', `mean ${number(normal.mean)}, standard deviation ${number(normal.deviation)}`],
    ...(above === null ? [] : [['Above the threshold', `${percent(above)} of the normal windows`] as const]),
    ...(means === null ? [] : [['Held out', generalisation(means)] as const]),
  ];
}

function generalisation({ calibration, heldOut }: NonNullable<ScoreReport['means']>): string {
  const times = ratio(heldOut.float, calibration.float);
  const verdict =
    times > 1.5
      ? 'much larger: the model may have learnt its training data by heart, or the held-out stretches are states that are rare in the rest'
      : times > 1.15
        ? 'somewhat larger'
        : 'about the same';
  return `mean float score ${number(heldOut.float)} on ${count(heldOut.windows)} held-out windows, ${number(calibration.float)} on the other ${count(calibration.windows)}: ${verdict}. They were held out of the calibration; only data that training did not see (--test) can tell whether the model has overfitted.`;
}

function testTable(tests: readonly TestReport[]): string {
  const rows = tests.map(
    ({ file, windows, mean, above, accuracy }) =>
      `<tr><th scope="row">${escape(file)}</th><td class="n">${count(windows)}</td><td class="n">${number(mean)}</td><td class="n">${percent(above)}</td><td class="n">${accuracy === null ? '-' : percent(accuracy.meanRelativeError)}</td><td class="n">${accuracy === null ? '-' : accuracy.rankCorrelation.toFixed(5)}</td></tr>`,
  );
  const heads = ['windows', 'mean score', 'above threshold', 'error against float', 'rank correlation'];
  return `<div class="scroll" tabindex="0" role="region" aria-label="Table of test files">
<table class="grid"><caption>Test data</caption>
<thead><tr><th scope="col">file</th>${heads.map((head) => `<th scope="col" class="n">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** More bars than that are as wide as a hair. */
export const mostUnits = 128;

function bottleneck({ latent }: Analysis): string {
  const { size, name, dead, effective } = latent!;
  const all = size > mostUnits ? ` The ${mostUnits} that vary most are shown.` : '';
  const units = dead === 0 ? 'every unit varies' : `${dead} of ${size} units give the same value on all windows`;
  const text = `${units}, and the code spreads over about ${effective.toPrecision(2)} of ${size} directions`;
  return `<section aria-labelledby="bottleneck">
<h2 id="bottleneck">Bottleneck: "${escape(name)}", ${size} values</h2>
<div class="chart bars" id="variances" role="img" aria-label="Variance of each unit of the latent code: ${text}"></div>
<p class="note">Variance of each unit of the latent code on the held-out windows, the greatest first: ${text} (participation ratio of the covariance).${all} Units that carry nothing could go; a code that is used to its last direction may be too narrow.</p>
</section>`;
}

function withoutLatent({ manifest, layers }: Analysis): string {
  const why =
    layers === null
      ? `${manifest.latent === null ? 'none' : `${manifest.latent} values`}; how it is used, <code>--model</code> and <code>--data</code> would show`
      : manifest.stateful
        ? 'of a model that goes step by step, the code of one step says nothing of the steps before'
        : 'the model has no value through which everything passes';
  return `<section aria-labelledby="bottleneck"><h2 id="bottleneck">Bottleneck</h2><p class="note">Latent code: ${why}.</p></section>`;
}
