import { load, type Model } from '../../runtime-js/node.ts';
import { DriftWatch } from '../../runtime-js/drift.ts';
import type { Windows } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { judgeOf, type Adaptive } from './judge.ts';
import { formatNumber, note, print, progressBar } from './output.ts';
import { loadWindows, scoreInSequences } from './load-windows.ts';
import { csvHeader, csvRow, driftNote, jsonRow } from './score-rows.ts';
import { scoreStream } from './score-stream.ts';

/** Rows are handed to standard output in pieces of this many. */
const rowsAtOnce = 4096;

interface Words {
  readonly hop?: number;
  readonly why?: number;
  readonly adaptive?: number;
  readonly adaptiveDepth?: number;
  readonly json?: true;
}

export async function run(artifact: string, data: string, words: Words): Promise<void> {
  const { hop, why, json } = words;
  const adaptive = adaptiveOf(words);
  const model = await load(artifact);
  if (model.info.manifest.input.faults !== null) {
    if (hop === undefined) return scoreStream(model, data, { why: why ?? null, adaptive, json: json === true });
    throw new InputError({
      where: artifact,
      what: 'scores a stream, sample by sample, in which windows follow the hop that it was compiled with',
      hint: 'Leave --hop out, or compile again with another one.',
    });
  }
  const windows = loadWindows(model, data, hop);
  const bar = progressBar();
  let alarms = 0;
  const judge = judgeOf(model.info.manifest, adaptive);
  const watch = new DriftWatch(model.info.manifest);
  let firstDrift: string | null = null;
  let highest = -Infinity;
  const lines = json ? [] : [csvHeader({ time: false, threshold: adaptive !== null, why: why !== undefined })];
  // What contributed is known of the last window alone.
  const atOnce = why === undefined ? rowsAtOnce : 1;
  for (let first = 0; first < windows.count; first += atOnce) {
    const end = Math.min(windows.count, first + atOnce);
    const scores = scoreSome(model, windows, first, end, data);
    scores.forEach((score, i) => {
      if ((first + i) % (windows.sequence ?? windows.count) === 0) judge.clear();
      const { alarm, threshold } = judge.look(score);
      if (alarm) alarms++;
      highest = Math.max(highest, score);
      firstDrift ??= driftNote(watch, score, first + i);
      const reasons = why === undefined ? null : model.contributions().slice(0, why);
      lines.push((json ? jsonRow : csvRow)({ index: first + i, time: null, score, threshold, alarm, why: reasons }));
    });
    if (lines.length < rowsAtOnce && end < windows.count) continue;
    print(lines.join('\n'));
    lines.length = 0;
    bar.onProgress({ stage: 'score', done: end, total: windows.count });
  }
  bar.stop();
  if (firstDrift !== null) note(firstDrift);
  note(`${windows.count} windows, ${alarms} in alarm (${judge.describe()}), highest score ${formatNumber(highest)}`);
}

function adaptiveOf({ adaptive, adaptiveDepth }: Words): Adaptive | null {
  if (adaptive !== undefined) return { risk: adaptive, depth: adaptiveDepth ?? 0 };
  if (adaptiveDepth === undefined) return null;
  throw new InputError({
    where: 'adaptive-depth',
    what: 'says how an adaptive threshold follows the scores, and there is none',
    hint: 'Write --adaptive 1e-4 as well.',
  });
}

function scoreSome(model: Model, windows: Windows, first: number, end: number, file: string): Float32Array {
  try {
    return scoreInSequences(model, windows, first, end);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const where = first === 0 ? file : `${file}, counting windows from ${first}`;
    throw new InputError(
      { where, what: cause.message, hint: 'Check the units of the data, or leave the window out.' },
      { cause },
    );
  }
}
