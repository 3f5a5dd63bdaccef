import { DriftWatch } from '../../runtime-js/drift.ts';
import { Feed } from '../../runtime-js/feed.ts';
import type { Model } from '../../runtime-js/node.ts';
import { readSamples } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { readNamed } from '../files.ts';
import { judgeOf, type Adaptive, type Judge } from './judge.ts';
import { formatNumber, note, print, progressBar } from './output.ts';
import { csvHeader, csvRow, driftNote, jsonRow } from './score-rows.ts';

const rowsAtOnce = 4096;

interface StreamWords {
  /** Channels that contributed most, so many of them. */
  readonly why: number | null;
  readonly adaptive: Adaptive | null;
  readonly json: boolean;
}

/** Recorded samples in the order of time, with the gaps that they have, as the artifact's `faults` say. A score that is not there is empty. */
export function scoreStream(model: Model, file: string, { why, adaptive, json }: StreamWords): void {
  const { input } = model.info.manifest;
  const { data, columns, beside } = readSamples(readNamed(file), {
    channels: input.channels?.map(({ name }) => name) ?? null,
    beside: input.time === null ? [] : [input.time],
    gaps: true,
  });
  if ((columns ?? 1) !== input.channelCount) {
    throw new InputError({
      where: file,
      what: `has ${columns ?? 1} columns; the artifact takes ${input.channelCount} channels`,
      hint: 'Give one column per channel, in the order of training.',
    });
  }
  const times = input.time === null ? null : beside.get(input.time)!;
  const feed = new Feed(model);
  const bar = progressBar();
  const rows = data.length / input.channelCount;
  const lines = json ? [] : [csvHeader({ time: times !== null, threshold: adaptive !== null, why: why !== null })];
  const judge = adaptive === null ? null : judgeOf(model.info.manifest, adaptive);
  let [windows, invalid, alarms] = [0, 0, 0];
  const watch = new DriftWatch(model.info.manifest);
  let firstDrift: string | null = null;
  for (let row = 0; row <= rows; row++) {
    const sample = data.subarray(row * input.channelCount, (row + 1) * input.channelCount);
    for (const { time, score, alarm: own } of row === rows ? feed.end() : feed.push(sample, times?.[row] ?? null)) {
      if (score === null) invalid++;
      const { alarm, threshold } = judged(judge, score, own);
      if (alarm) alarms++;
      if (score !== null) firstDrift ??= driftNote(watch, score, windows);
      const reasons = why === null ? null : model.contributions().slice(0, why);
      lines.push((json ? jsonRow : csvRow)({ index: windows, time, score, threshold, alarm, why: reasons }));
      windows++;
    }
    if (lines.length >= rowsAtOnce || row === rows) {
      if (lines.length > 0) print(lines.join('\n'));
      lines.length = 0;
      bar.onProgress({ stage: 'score', done: row, total: rows });
    }
  }
  bar.stop();
  if (firstDrift !== null) note(firstDrift);
  const met = Object.entries(feed.faults).flatMap(([fault, count]) => (count === 0 ? [] : [`${count} ${fault}`]));
  note(
    `${windows} windows, ${alarms} in alarm (${judge?.describe() ?? `threshold ${formatNumber(model.threshold)}`}), ${invalid} without a score${met.length === 0 ? '' : `; samples: ${met.join(', ')}`}`,
  );
}

/** A window without a score is no alarm; the artifact itself says what is one, unless the threshold follows the scores. */
function judged(judge: Judge | null, score: number | null, own: boolean): ReturnType<Judge['look']> {
  if (judge === null) return { alarm: own, threshold: null };
  return score === null ? { alarm: false, threshold: judge.threshold } : judge.look(score);
}
