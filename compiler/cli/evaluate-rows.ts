import { nextAlarm, noAlarm } from '../../runtime-js/artifact/alarm.ts';
import type { Model } from '../../runtime-js/node.ts';
import { noSelection } from '../calibrate/formats/select.ts';
import { readSamples, readWindows } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { pcaScores, randomScores, type Baselines, type SampleScores } from '../evaluate/baselines.ts';
import { quality, type Quality, type Recording } from '../evaluate/evaluate.ts';
import { pointScores, type PointRule } from '../evaluate/points.ts';
import { readNamed } from '../files.ts';
import { channelSelection } from './load-windows.ts';

/** Of recordings whose rows are labelled. */
export interface RowResult extends Quality {
  readonly unit: 'rows';
  readonly threshold: number;
  readonly pointRule: PointRule;
  readonly baselines: Baselines;
}

/** A recording as it is, before anything is made of it. */
interface Labelled {
  readonly name: string;
  /** f32[samples x channels] */
  readonly data: Float32Array;
  readonly labels: Float64Array;
}

/** `label`: the column that is above 0 where a row is abnormal; `normal`: recordings to fit PCA on, null: the rows labelled normal. */
export function evaluateRows(
  model: Model,
  files: readonly string[],
  { label, rule, normal }: { readonly label: string; readonly rule: PointRule; readonly normal: readonly string[] | null },
): RowResult {
  const recordings = files.map((file) => readLabelled(model, file, label));
  checkLabels(files, label, recordings);
  const ours = recordings.map((recording) => scored(model, recording, rule));
  const known = normal === null ? normalOf(recordings, model) : normal.map((file) => readNormal(model, file));
  const baselines = baselinesOf(pcaScores(known, model.info.manifest.input.channelCount), recordings);
  return { ...quality(ours), unit: 'rows', threshold: model.threshold, pointRule: rule, baselines };
}

function readLabelled(model: Model, name: string, label: string): Labelled {
  const { input } = model.info.manifest;
  const selection = channelSelection(input);
  const { data, columns, beside } = readSamples(readNamed(name), { ...selection, beside: [...selection.beside, label] });
  checkColumns(name, columns, input.channelCount);
  return { name, data, labels: beside.get(label)! };
}

/** Samples of normal operation, as the artifact's channels. */
export function readNormal(model: Model, name: string): Float32Array {
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

function baselinesOf(pca: SampleScores | null, recordings: readonly Labelled[]): Baselines {
  const random = randomScores();
  return {
    pca: pca === null ? null : quality(recordings.map(({ data, labels }) => judged(pca.score(data), pca.threshold, labels))),
    random: quality(recordings.map(({ labels }) => judged(Array.from(labels, random.next), random.threshold, labels))),
  };
}

const judged = (scores: readonly number[], threshold: number, labels: ArrayLike<number>): Recording => ({
  scores,
  alarms: scores.map((score) => score > threshold),
  labels,
});
