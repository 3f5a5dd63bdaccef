import { nextAlarm, noAlarm } from '../../runtime-js/artifact/alarm.ts';
import { load, type Model } from '../../runtime-js/node.ts';
import { noSelection } from '../calibrate/formats/select.ts';
import { readSamples, readWindows } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { quality, type Quality, type Recording } from '../evaluate/evaluate.ts';
import { fitPca, type Pca } from '../evaluate/pca.ts';
import { pointScores, type PointRule } from '../evaluate/points.ts';
import { readNamed } from '../files.ts';
import { quantile } from '../score/thresholds/quantile.ts';
import { channelSelection } from './load-windows.ts';
import { colours, formatNumber, print, row } from './output.ts';

interface Words {
  readonly label: string;
  readonly points: PointRule;
  readonly normal?: readonly string[];
  readonly json?: true;
}

/** A recording as it is, before anything is made of it. */
interface Labelled {
  readonly name: string;
  /** f32[samples x channels] */
  readonly data: Float32Array;
  readonly labels: Float64Array;
}

export async function run(artifact: string, files: readonly string[], words: Words): Promise<void> {
  const model = await load(artifact);
  const recordings = files.map((file) => readLabelled(model, file, words.label));
  checkLabels(files, words.label, recordings);
  const ours = recordings.map((recording) => scored(model, recording, words.points));
  const normal = words.normal === undefined ? normalOf(recordings, model) : words.normal.map((file) => readNormal(model, file));
  const baselines = baselinesOf(model, recordings, normal);
  const found = quality(ours);
  const result = { ...found, threshold: model.threshold, pointRule: words.points, baselines };
  if (words.json) print(JSON.stringify(result, null, 2));
  else print(table(artifact, result, words.normal !== undefined));
}

function readLabelled(model: Model, name: string, label: string): Labelled {
  const { input } = model.info.manifest;
  const selection = channelSelection(input);
  const { data, columns, beside } = readSamples(readNamed(name), { ...selection, beside: [...selection.beside, label] });
  checkColumns(name, columns, input.channelCount);
  return { name, data, labels: beside.get(label)! };
}

function readNormal(model: Model, name: string): Float32Array {
  const { input } = model.info.manifest;
  const { data, columns } = readSamples(readNamed(name), channelSelection(input) ?? noSelection);
  checkColumns(name, columns, input.channelCount);
  return data;
}

function checkColumns(where: string, columns: number | null, expected: number): void {
  if ((columns ?? 1) === expected) return;
  throw new InputError({
    where,
    what: `has ${columns ?? 1} columns beside the label; the artifact takes ${expected} channels`,
    hint: 'Compile with --channels, so that the artifact knows its columns by their names.',
  });
}

function checkLabels(files: readonly string[], label: string, recordings: readonly Labelled[]): void {
  const labels = recordings.flatMap(({ labels: some }) => [...some]);
  const abnormal = labels.filter((value) => value > 0).length;
  if (abnormal > 0 && abnormal < labels.length) return;
  throw new InputError({
    where: files.length === 1 ? files[0]! : `${files.length} files`,
    what: `has ${abnormal === 0 ? 'no abnormal' : 'no normal'} rows: "${label}" is ${abnormal === 0 ? '0' : 'above 0'} in all ${labels.length}`,
    hint: 'A quality needs both: 0 for normal rows, 1 for abnormal ones.',
  });
}

/** Each sample's score and alarm, from the windows that hold it. What no window tells is left out. */
function scored(model: Model, { name, data, labels }: Labelled, rule: PointRule): Recording {
  const { input, score } = model.info.manifest;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const windows = readWindows({ name: `${name}.f32`, bytes }, { size: model.size, hop: input.hop * input.channelCount });
  model.reset();
  const scores = model.runBatch(windows.data.slice(0, windows.count * windows.size));
  let state = noAlarm;
  const alarms = Array.from(scores, (value) => ((state = nextAlarm(state, value, score)).on ? 1 : 0));
  const points = pointScores(scores, input, labels.length, rule);
  const raised = pointScores(alarms, input, labels.length, rule);
  const known = Array.from(points.keys()).filter((at) => !Number.isNaN(points[at]!));
  return {
    scores: known.map((at) => points[at]!),
    alarms: known.map((at) => raised[at]! > 0),
    labels: known.map((at) => labels[at]!),
  };
}

/** Without recordings of normal operation: the rows that are labelled normal, which is more than a plant would know. */
const normalOf = (recordings: readonly Labelled[], model: Model): Float32Array[] => {
  const { channelCount } = model.info.manifest.input;
  return recordings.map(({ data, labels }) => data.filter((_, i) => labels[Math.floor(i / channelCount)]! <= 0));
};

interface Baselines {
  readonly pca: Quality | null;
  readonly random: Quality;
}

/** Channels beyond which a PCA of samples says little and takes long. */
const mostChannels = 128;

function baselinesOf(model: Model, recordings: readonly Labelled[], normal: readonly Float32Array[]): Baselines {
  const { channelCount: channels } = model.info.manifest.input;
  const known = Float32Array.from(normal.flatMap((some) => [...some]));
  const pca = channels > 1 && channels <= mostChannels ? fitPca(known, channels) : null;
  const next = random(1);
  return {
    pca: pca === null ? null : quality(recordings.map((recording) => byPca(pca, recording, known, channels))),
    random: quality(
      recordings.map(({ labels }) => {
        const scores = Float64Array.from(labels, next);
        return { scores, alarms: Array.from(scores, (score) => score > 0.995), labels };
      }),
    ),
  };
}

function byPca({ score }: Pca, { data, labels }: Labelled, known: Float32Array, channels: number): Recording {
  const each = (of: Float32Array): number[] =>
    Array.from({ length: of.length / channels }, (_, i) => score(of.subarray(i * channels, (i + 1) * channels)));
  const threshold = quantile(each(known), 0.995);
  const scores = each(data);
  return { scores, alarms: scores.map((value) => value > threshold), labels };
}

/** Park and Miller's minimal standard generator: the same numbers on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const share = (value: number): string => value.toFixed(3);

function table(
  artifact: string,
  { baselines, threshold, pointRule, ...ours }: Quality & { threshold: number; pointRule: PointRule; baselines: Baselines },
  hasNormal: boolean,
): string {
  const columns: readonly (readonly [string, Quality])[] = [
    ['artifact', ours],
    ...(baselines.pca === null ? [] : [['PCA', baselines.pca] as const]),
    ['random', baselines.random],
  ];
  const lines: readonly (readonly [string, (of: Quality) => string])[] = [
    ['AUC-ROC', ({ aucRoc }) => share(aucRoc)],
    ['  up to 10 %', ({ partialAuc }) => share(partialAuc)],
    ['AUC-PR', ({ aucPr }) => share(aucPr)],
    ['VUS-PR', ({ vusPr }) => share(vusPr)],
    ['F1', ({ f1 }) => share(f1)],
    ['false alarms', ({ far }) => `${(100 * far).toFixed(2)} %`],
    ['missed', ({ mar }) => `${(100 * mar).toFixed(2)} %`],
    ['best F1', ({ bestF1: { f1 } }) => share(f1)],
    ['events found', ({ events: { found, events } }) => `${found} of ${events}`],
    ['false events', ({ events: { falseAlarms } }) => `${falseAlarms}`],
    ['delay', ({ events: { delay } }) => (delay === null ? '-' : `${delay.toFixed(1)} rows`)],
  ];
  const better = columns.slice(1).filter(([, other]) => other.vusPr > ours.vusPr || other.aucPr > ours.aucPr);
  return [
    `${colours.bold(artifact)} on ${ours.points} rows, ${ours.abnormal} of them abnormal; threshold ${formatNumber(threshold)}`,
    row('', columns.map(([name]) => name.padStart(12)).join('')),
    ...lines.map(([name, of]) => row(name, columns.map(([, found]) => of(found).padStart(12)).join(''))),
    '',
    ...better.map(([name]) => colours.yellow(`${name} ranks these rows better than the artifact does.`)),
    `A row's score is that of ${{ last: 'the window that ends with it', all: 'the lowest of the windows that hold it', any: 'the highest of the windows that hold it' }[pointRule]}. PCA: T2 + Q of ${hasNormal ? 'the normal recordings' : 'the rows labelled normal'}, 0.995 quantile.`,
  ].join('\n');
}
