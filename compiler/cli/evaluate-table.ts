import type { Baselines } from '../evaluate/baselines.ts';
import type { Quality } from '../evaluate/evaluate.ts';
import type { FileResult } from './evaluate-files.ts';
import type { RowResult } from './evaluate-rows.ts';
import { colours, formatNumber, row } from './output.ts';

type Line = readonly [name: string, of: (quality: Quality) => string | null];

const share = (value: number | undefined): string | null => value?.toFixed(3) ?? null;
const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;

/** Where more is better; by these a baseline may win. */
const measures: readonly (readonly [name: string, of: (quality: Quality) => number | undefined])[] = [
  ['AUC-ROC', ({ aucRoc }) => aucRoc],
  ['  up to 10 %', ({ partialAuc }) => partialAuc],
  ['AUC-PR', ({ aucPr }) => aucPr],
  ['VUS-PR', ({ vusPr }) => vusPr ?? undefined],
  ['F1', ({ f1 }) => f1],
  ['event F1', ({ events }) => events?.f1],
  ['composite F1', ({ events }) => events?.compositeF1],
  ['NAB', ({ nab }) => nab?.standard],
];

const nab = (value: number | undefined): string | null => value?.toFixed(1) ?? null;

const rest: readonly Line[] = [
  ['  low FP', (of) => nab(of.nab?.rewardLowFp)],
  ['  low FN', (of) => nab(of.nab?.rewardLowFn)],
  ['false alarms', ({ far }) => percent(far)],
  ['missed', ({ mar }) => percent(mar)],
  ['best F1', ({ bestF1: { f1, threshold } }) => `${share(f1)} (${formatNumber(threshold)})`],
  ['events found', ({ events }) => (events === null ? null : `${events.found} of ${events.events}`)],
  ['false events', ({ events }) => (events === null ? null : `${events.falseAlarms}`)],
  ['delay', ({ events }) => (events === null ? null : events.delay === null ? '-' : `${events.delay.toFixed(1)} rows`)],
];

const written = (name: string, value: number | undefined): string | null => (name === 'NAB' ? nab(value) : share(value));

const lines: readonly Line[] = [...measures.map(([name, of]): Line => [name, (quality) => written(name, of(quality))]), ...rest];

/** What makes sense of the artifact's own rows or files, beside the baselines, and where one of these wins. */
export function table(artifact: string, result: RowResult | FileResult, hasNormal: boolean): string {
  const { unit, threshold, points, abnormal, baselines } = result;
  const columns: readonly (readonly [string, Quality])[] = [
    ['artifact', result],
    ...(baselines.pca === null ? [] : [['PCA', baselines.pca] as const]),
    ['random', baselines.random],
  ];
  const shown = lines
    .filter(([, of]) => of(result) !== null)
    .map(([name, of]) => row(name, columns.map(([, found]) => (of(found) ?? '-').padStart(18)).join('')));
  return [
    `${colours.bold(artifact)} on ${points} ${unit}, ${abnormal} of them abnormal; threshold ${formatNumber(threshold)}`,
    row('', columns.map(([name]) => name.padStart(18)).join('')),
    ...shown,
    '',
    ...winners(result, baselines).map((text) => colours.yellow(text)),
    footnote(result, hasNormal),
  ].join('\n');
}

/** By which measures a baseline is better than the artifact, if by any. */
function winners(ours: Quality, baselines: Baselines): string[] {
  return Object.entries({ PCA: baselines.pca, 'A random score': baselines.random }).flatMap(([name, other]) => {
    const better = measures.flatMap(([measure, of]) => {
      const [theirs, own] = [other === null ? undefined : of(other), of(ours)];
      const texts = [written(measure, theirs), written(measure, own)];
      // What looks the same in the table is no victory.
      return theirs === undefined || own === undefined || theirs <= own || texts[0] === texts[1]
        ? []
        : [`${measure.trim()} (${texts[0]} to ${texts[1]})`];
    });
    return better.length === 0 ? [] : [`${name} is better than the artifact by ${better.join(', ')}.`];
  });
}

function footnote(result: RowResult | FileResult, hasNormal: boolean): string {
  const { unit, baselines } = result;
  const rows = {
    last: 'the window that ends with it',
    all: 'the lowest of the windows that hold it',
    any: 'the highest of the windows that hold it',
  };
  const files = { mean: "the mean of its windows' scores", max: "the highest of its windows' scores" };
  const own =
    result.unit === 'files'
      ? `A file's score is ${files[result.perFile]}; it is in alarm where that is above the threshold.`
      : `A row's score is that of ${rows[result.pointRule]}.`;
  if (baselines.pca === null) return own;
  const bias = `; fitted on ${unit} that it is judged by: --normal gives it others`;
  const known = hasNormal ? 'normal recordings' : `${unit} labelled normal`;
  return `${own} PCA: T2 + Q of the samples of the ${known}, their 0.995 quantile as its threshold${hasNormal ? '' : bias}.`;
}
