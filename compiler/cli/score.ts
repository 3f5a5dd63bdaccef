import { load, type Model } from '../../runtime-js/node.ts';
import { DriftWatch } from '../../runtime-js/drift.ts';
import { nextAlarm, noAlarm } from '../../runtime-js/artifact/alarm.ts';
import type { Windows } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { formatNumber, note, print, progressBar } from './output.ts';
import { loadWindows, scoreInSequences } from './load-windows.ts';
import { csvHeader, csvRow, driftNote, jsonRow } from './score-rows.ts';
import { scoreStream } from './score-stream.ts';

/** Rows are handed to standard output in pieces of this many. */
const rowsAtOnce = 4096;

export async function run(
  artifact: string,
  data: string,
  { hop, why, json }: { readonly hop?: number; readonly why?: number; readonly json?: true },
): Promise<void> {
  const model = await load(artifact);
  if (model.info.manifest.input.faults !== null) {
    if (hop === undefined) return scoreStream(model, data, why ?? null, json === true);
    throw new InputError({
      where: artifact,
      what: 'scores a stream, sample by sample, in which windows follow the hop that it was compiled with',
      hint: 'Leave --hop out, or compile again with another one.',
    });
  }
  const windows = loadWindows(model, data, hop);
  const bar = progressBar();
  let alarms = 0;
  let state = noAlarm;
  const watch = new DriftWatch(model.info.manifest);
  let firstDrift: string | null = null;
  let highest = -Infinity;
  const lines = json ? [] : [csvHeader(false, why !== undefined)];
  // What contributed is known of the last window alone.
  const atOnce = why === undefined ? rowsAtOnce : 1;
  for (let first = 0; first < windows.count; first += atOnce) {
    const end = Math.min(windows.count, first + atOnce);
    const scores = scoreSome(model, windows, first, end, data);
    scores.forEach((score, i) => {
      if ((first + i) % (windows.sequence ?? windows.count) === 0) state = noAlarm;
      state = nextAlarm(state, score, model.info.manifest.score);
      const alarm = state.on;
      if (alarm) alarms++;
      highest = Math.max(highest, score);
      firstDrift ??= driftNote(watch, score, first + i);
      const reasons = why === undefined ? null : model.contributions().slice(0, why);
      lines.push((json ? jsonRow : csvRow)({ index: first + i, time: null, score, alarm, why: reasons }));
    });
    if (lines.length < rowsAtOnce && end < windows.count) continue;
    print(lines.join('\n'));
    lines.length = 0;
    bar.onProgress({ stage: 'score', done: end, total: windows.count });
  }
  bar.stop();
  if (firstDrift !== null) note(firstDrift);
  note(
    `${windows.count} windows, ${alarms} in alarm (threshold ${formatNumber(model.threshold)}), highest score ${formatNumber(highest)}`,
  );
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
