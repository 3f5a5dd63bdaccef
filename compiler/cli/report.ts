import { resolve } from 'node:path';
import { load } from '../../runtime-js/node.ts';
import { analyse } from '../analyse.ts';
import { InputError } from '../error.ts';
import { openSource, readNamed, writeAtomically } from '../files.ts';
import type { Analysis, LayerReport, State } from '../report/analysis.ts';
import { reportPage } from '../report/report-page.ts';
import { decibels, percent } from '../report/words.ts';
import type { Origin } from '../reproduce.ts';
import { loadWindows } from './load-windows.ts';
import { colours, formatNumber, note, print, progressBar, row } from './output.ts';

interface Words {
  readonly model?: string;
  readonly decoder?: string;
  readonly data?: readonly string[];
  readonly test?: readonly string[];
  readonly output?: string;
  readonly json?: true;
}

export async function run(artifact: string, words: Words): Promise<void> {
  const { model, decoder, data = [], test = [], json } = words;
  const output = words.output ?? `${artifact.replace(/\.wasm$/, '')}-report.html`;
  checkOutput(output, [artifact, ...data, ...test, ...(model === undefined ? [] : [model])]);
  const loaded = await load(artifact);
  const bar = progressBar();
  const analysis = await analyse({
    artifact: readNamed(artifact),
    loaded,
    origin: originOf(artifact, model, decoder, data),
    tests: test.map((file) => loadWindows(loaded, file, undefined)),
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  if (!json || words.output !== undefined) writeAtomically(output, reportPage(analysis));
  print(json ? JSON.stringify(analysis, null, 2) : summary(analysis, output));
  if (!json && model === undefined) note('  With --model and --data it says how far each tensor is from the float model.');
}

function originOf(
  artifact: string,
  model: string | undefined,
  decoder: string | undefined,
  data: readonly string[],
): Origin | null {
  if ((model === undefined) !== (data.length === 0) || (decoder !== undefined && model === undefined)) {
    throw new InputError({
      where: artifact,
      what: '--model and --data are only of use together',
      hint: 'Give the model and the normal data that it was compiled from, or neither for what the artifact itself tells.',
    });
  }
  if (model === undefined) return null;
  const second = decoder === undefined ? null : openSource(decoder);
  return { model: openSource(model), decoder: second, data: data.map(readNamed) };
}

function checkOutput(output: string, inputs: readonly string[]): void {
  if (!/\.html?$/.test(output)) {
    throw new InputError({ where: output, what: 'does not end in .html', hint: 'Name the page like -o report.html.' });
  }
  if (inputs.some((input) => resolve(input) === resolve(output))) {
    throw new InputError({ where: output, what: 'is also an input', hint: 'Choose another name with -o.' });
  }
}

const colourOf: Readonly<Record<State, (text: string) => string>> = {
  good: colours.green,
  look: colours.yellow,
  bad: colours.red,
};

/** Tensors with the lowest signal to noise: more are on the page. */
const mostTensors = 5;

function summary({ artifact, verdict, checks, layers, scores, host }: Analysis, output: string): string {
  const points = checks.filter(({ state }) => state === 'look' || state === 'bad');
  const worst = (layers ?? [])
    .filter(({ heldOut, format, lost }) => heldOut.decibels !== null && format !== 'f32' && !isMoved(lost))
    .toSorted((a, b) => a.heldOut.decibels! - b.heldOut.decibels!)
    .slice(0, mostTensors);
  return [
    `${colours.bold(artifact.file)}  ${colourOf[verdict.state](verdict.judgement)}${points.length === 0 ? ` ${verdict.reason}` : ''}`,
    ...points.map(({ sentence, advice }, i) =>
      row(i === 0 ? 'look at' : '', advice === null ? sentence : `${sentence} ${advice}`),
    ),
    row(
      'difference',
      `${percent(scores.accuracy.meanRelativeError)} of the score on average, on ${scores.accuracy.windows} held-out windows`,
    ),
    ...worst.map((layer, i) => row(i === 0 ? 'tensors' : '', lineOf(layer))),
    ...scores.tests.map(({ file, above, windows }, i) =>
      row(i === 0 ? 'test data' : '', `${file}: ${percent(above)} of ${windows} windows above the threshold`),
    ),
    row('latency', `${formatNumber(host.singleUs)} us one by one, ${formatNumber(host.batchUs)} us in batches (${host.machine})`),
    '',
    `${colours.green('wrote')} ${output}`,
  ].join('\n');
}

/** Whether the layer only moved its values. */
const isMoved = (lost: number | null): boolean => lost !== null && Math.abs(lost) < 0.01;

function lineOf({ name, what, format, heldOut }: LayerReport): string {
  const clipped = heldOut.clipped > 0 ? `, ${percent(heldOut.clipped)} clipped` : '';
  return `${decibels(heldOut.decibels).padStart(8)}  ${format}  ${name} (${what})${clipped}`;
}
