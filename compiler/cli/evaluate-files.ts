import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Model } from '../../runtime-js/node.ts';
import { readFileLabels, type FileLabel } from '../calibrate/formats/file-labels.ts';
import { isSampleFile } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { pcaScores, randomScores, type Baselines, type SampleScores } from '../evaluate/baselines.ts';
import { fileQuality, type Quality, type Recording } from '../evaluate/evaluate.ts';
import { readNamed } from '../files.ts';
import { nearest } from '../nearest.ts';
import { readNormal } from './evaluate-rows.ts';
import { loadWindows, scoreInSequences } from './load-windows.ts';

/** What the scores of a file's windows become: MLPerf Tiny and DCASE take the mean. */
export type FileRule = 'mean' | 'max';

export interface FileScore {
  readonly file: string;
  readonly label: 0 | 1;
  readonly score: number;
  readonly alarm: boolean;
}

/** Of recordings that have a label each. */
export interface FileResult extends Quality {
  readonly unit: 'files';
  readonly threshold: number;
  readonly perFile: FileRule;
  readonly files: readonly FileScore[];
  readonly baselines: Baselines;
}

/** `labels`: a CSV of file and label; `normal`: recordings to fit PCA on, null: the files labelled normal. */
export function evaluateFiles(
  model: Model,
  folder: string,
  { labels, rule, normal }: { readonly labels: string; readonly rule: FileRule; readonly normal: readonly string[] | null },
): FileResult {
  const listed = readFileLabels(labels, readNamed(labels).bytes);
  checkListed(listed, folder, labels);
  const files = listed.map(({ file, label }) => {
    const score = combine[rule](windowScores(model, join(folder, file)));
    return { file, label, score, alarm: score > model.threshold };
  });
  const known = normal ?? listed.filter(({ label }) => label === 0).map(({ file }) => join(folder, file));
  const baselines = baselinesOf(model, known, folder, listed, rule);
  const judged = { scores: files.map(({ score }) => score), alarms: files.map(({ alarm }) => alarm), labels: labelsOf(listed) };
  return { ...fileQuality(judged), unit: 'files', threshold: model.threshold, perFile: rule, files, baselines };
}

const labelsOf = (listed: readonly FileLabel[]): number[] => listed.map(({ label }) => label);

const combine: Readonly<Record<FileRule, (scores: ArrayLike<number>) => number>> = {
  mean: (scores) => Array.from(scores).reduce((sum, score) => sum + score, 0) / scores.length,
  max: (scores) => Array.from(scores).reduce((a, b) => Math.max(a, b)),
};

function windowScores(model: Model, path: string): Float32Array {
  const windows = loadWindows(model, path, undefined);
  model.reset();
  return scoreInSequences(model, windows, 0, windows.count);
}

/** Every file has a label, every label a file, and there are both kinds. Throws an InputError. */
function checkListed(listed: readonly FileLabel[], folder: string, labels: string): void {
  const there = filesIn(folder, labels);
  const lost = listed.find(({ file }) => !there.includes(file));
  if (lost !== undefined) {
    const similar = nearest(lost.file, there);
    throw new InputError({
      where: `${labels}, row ${lost.row}`,
      what: `names ${lost.file}, which is not in ${folder}`,
      hint: similar === null ? 'Names are relative to the folder, with their endings.' : `Did you mean ${similar}?`,
    });
  }
  const names = new Set(listed.map(({ file }) => file));
  const [first, ...more] = there.filter((file) => !names.has(file));
  if (first !== undefined) {
    throw new InputError({
      where: join(folder, first),
      what: `has no row in ${labels}${more.length === 0 ? '' : `, nor have ${more.length} more`}`,
      hint: 'Add its label, or move it out of the folder.',
    });
  }
  const abnormal = listed.filter(({ label }) => label === 1).length;
  if (abnormal > 0 && abnormal < listed.length) return;
  throw new InputError({
    where: labels,
    what: `has only ${abnormal === 0 ? 'normal files: all labels are 0' : 'abnormal files: all labels are 1'}`,
    hint: 'A quality needs both: 0 for normal recordings, 1 for abnormal ones.',
  });
}

/** Recordings in a folder and below, by their paths from there; the list of labels may lie among them. */
function filesIn(folder: string, labels: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isSampleFile(entry.name) && !basename(entry.name).startsWith('.'))
    .map(({ parentPath, name }) => resolve(parentPath, name))
    .filter((path) => path !== resolve(labels))
    .map((path) => path.slice(resolve(folder).length + 1).replaceAll('\\', '/'))
    .toSorted();
}

function baselinesOf(
  model: Model,
  normal: readonly string[],
  folder: string,
  listed: readonly FileLabel[],
  rule: FileRule,
): Baselines {
  const { channelCount } = model.info.manifest.input;
  const random = randomScores();
  const labels = labelsOf(listed);
  const judged = (scores: readonly number[], threshold: number): Recording => ({
    scores,
    alarms: scores.map((score) => score > threshold),
    labels,
  });
  // PCA is of samples: of a stream of single values there is none, and nothing to read.
  const pca: SampleScores | null =
    channelCount === 1
      ? null
      : pcaScores(
          normal.map((file) => readNormal(model, file)),
          channelCount,
        );
  const byPca = (scores: SampleScores): readonly number[] =>
    listed.map(({ file }) => combine[rule](scores.score(readNormal(model, join(folder, file)))));
  return {
    pca: pca === null ? null : fileQuality(judged(byPca(pca), pca.threshold)),
    random: fileQuality(judged(labels.map(random.next), random.threshold)),
  };
}
