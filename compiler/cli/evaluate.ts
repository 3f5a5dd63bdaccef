import { statSync } from 'node:fs';
import { load } from '../../runtime-js/node.ts';
import { InputError } from '../error.ts';
import type { PointRule } from '../evaluate/points.ts';
import { evaluateFiles, type FileRule } from './evaluate-files.ts';
import { evaluateRows } from './evaluate-rows.ts';
import { table } from './evaluate-table.ts';
import { print } from './output.ts';

interface Words {
  readonly label?: string;
  readonly labels?: string;
  readonly points: PointRule;
  readonly perFile: FileRule;
  readonly normal?: readonly string[];
  readonly json?: true;
}

export async function run(artifact: string, data: readonly string[], words: Words): Promise<void> {
  const { label, labels, points, perFile, normal = null, json } = words;
  const folder = checkWords(data, label, labels);
  const model = await load(artifact);
  const result =
    labels === undefined
      ? evaluateRows(model, data, { label: label!, rule: points, normal })
      : evaluateFiles(model, folder, { labels, rule: perFile, normal });
  if (json) print(JSON.stringify(result, null, 2));
  else print(table(artifact, result, normal !== null));
}

/** Rows are labelled by a column, files by a list; the folder of these. Throws an InputError. */
function checkWords(data: readonly string[], label: string | undefined, labels: string | undefined): string {
  if ((label === undefined) === (labels === undefined)) {
    throw new InputError({
      where: 'evaluate',
      what: `takes either --label or --labels, found ${label === undefined ? 'none of them' : 'both'}`,
      hint: 'Write --label anomaly where a column says which rows are abnormal, or --labels labels.csv where each file has one label.',
    });
  }
  const [first = ''] = data;
  if (labels === undefined) {
    const folder = data.find(isFolder);
    if (folder === undefined) return first;
    throw new InputError({
      where: folder,
      what: 'is a folder; --label is a column of single recordings',
      hint: `Name the files: ${folder.replace(/\/$/, '')}/*.csv; or give --labels labels.csv, a label per file.`,
    });
  }
  if (data.length === 1 && isFolder(first)) return first;
  throw new InputError({
    where: data.length === 1 ? first : `${data.length} files`,
    what: `${data.length === 1 ? 'is' : 'are'} no folder; ${labels} labels the files of one folder`,
    hint: 'Write sandglass evaluate pump.wasm recordings/ --labels labels.csv; its column "file" holds names in that folder.',
  });
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
