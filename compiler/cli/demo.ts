import { join } from 'node:path';
import type { Contribution } from '../../runtime-js/contributions.ts';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import type { CompileResult } from '../compile.ts';
import { describeThreshold } from '../describe-threshold.ts';
import { writeAtomically } from '../files.ts';
import { demoPage, type Segment } from '../report/demo-page.ts';
import { rocCurve } from '../report/roc.ts';
import { terminalPlot } from '../report/terminal-plot.ts';
import { alarmAfter, compileDemo, loads, testWindows } from './demo-model.ts';
import { colours, formatBytes, formatNumber, print, row } from './output.ts';

/** Samples from row to row of the test files. */
const hop = 60;

export async function run({ out, web }: { readonly out: string; readonly web?: true }): Promise<void> {
  if (web) return (await import('./demo-web.ts')).run({ out });
  const { compiled, artifact, seconds } = await compileDemo(out);
  const model = await loadBytes(compiled.artifact, artifact);
  report(model, compiled, {
    healthy: scoreWindows(model, 'healthy'),
    broken: scoreWindows(model, 'broken'),
    seconds,
    artifact,
    page: join(out, 'gearbox.html'),
  });
}

/** What an artifact says of the windows of one recording, one after the other. */
interface Stream {
  readonly scores: Float32Array;
  /** Samples until the first alarm; null: there was none. */
  readonly alarmAt: number | null;
  /** Of each window above the threshold: the shares of its features in the score. */
  readonly reasons: readonly Contribution[];
}

function scoreWindows(model: Model, state: 'healthy' | 'broken'): Stream[] {
  const { data, count, size } = testWindows(state, model.size);
  const perLoad = count / loads.length;
  return loads.map((_, i) => stream(model, data.subarray(i * perLoad * size, (i + 1) * perLoad * size)));
}

function stream(model: Model, windows: Float32Array): Stream {
  model.reset();
  const scores: number[] = [];
  const reasons: Contribution[] = [];
  let alarmAt: number | null = null;
  for (let at = 0; at < windows.length; at += model.size) {
    scores.push(model.run(windows.subarray(at, at + model.size)));
    if (model.alarm) alarmAt ??= hop * scores.length;
    if (scores.at(-1)! > model.threshold) reasons.push(...model.contributions());
  }
  return { scores: Float32Array.from(scores), alarmAt, reasons };
}

interface Scored {
  readonly healthy: readonly Stream[];
  readonly broken: readonly Stream[];
  readonly seconds: number;
  readonly artifact: string;
  readonly page: string;
}

function report(
  model: Model,
  { manifest, artifact: bytes }: CompileResult,
  { healthy, broken, seconds, artifact, page }: Scored,
): void {
  const { threshold } = model;
  const [good, bad] = [joined(healthy), joined(broken)];
  const { points, auc } = rocCurve(good, bad);
  const share = (scores: Float32Array): string =>
    `${((100 * scores.filter((score) => score > threshold).length) / scores.length).toFixed(1)} %`;
  const factor = formatNumber(median(bad) / median(good));
  const result = `With a broken tooth the median score is ${factor} times that of the healthy gearbox. ${share(bad)} of its windows lie above the threshold, ${share(good)} of the healthy ones; ${alarmAfter} in a row raised an alarm in ${inAlarm(broken)} with a broken tooth, in ${inAlarm(healthy)} of the healthy gearbox. These parts of the recordings the model never saw.`;
  const figures = [
    [
      'Artifact',
      `${formatBytes(bytes.length)} .wasm: weights ${formatBytes(manifest.sizes.weights)}, code ${formatBytes(manifest.sizes.code)}, no imports, alarm inside`,
    ],
    ['Compiled in', `${seconds.toFixed(1)} s`],
    ['Threshold', `${formatNumber(threshold)} (${describeThreshold(manifest.score)})`],
    ['Alarms, healthy', `${inAlarm(healthy)}; ${share(good)} of ${good.length} windows above the threshold`],
    ['Alarms, broken', `${inAlarm(broken)}${delayOf(broken)}; ${share(bad)} of ${bad.length} windows above`],
    ['AUC', auc.toFixed(4)],
    ['Most telling', reasonsOf(broken)],
    [
      'Integer/float',
      `scores correlate ${manifest.accuracy.correlation.toFixed(5)}, differ by ${(100 * manifest.accuracy.meanRelativeError).toFixed(2)} % on average`,
    ],
  ] as const;
  const segments = [...segmentsOf('healthy', healthy), ...segmentsOf('broken', broken)];
  writeAtomically(
    page,
    demoPage({
      title: 'A gearbox, healthy and with a broken tooth',
      result,
      segments,
      threshold,
      roc: points,
      auc,
      figures,
      source:
        'Recordings: OpenNuvoton/ML_Gearbox_Fault_Diagnosis (Apache-2.0). Model: examples/gearbox/train.ts, trained on healthy recordings alone.',
    }),
  );
  print(`\n${terminalPlot([...good, ...bad], threshold)}`);
  print(`${' '.repeat(11)}${'healthy'.padEnd(34)}broken tooth${' '.repeat(6)}(highest score per column)\n`);
  for (const [label, value] of figures) print(row(label.padEnd(16), value));
  print(`\n${colours.green('wrote')} ${artifact}\n${colours.green('wrote')} ${page}   <- open it in a browser`);
}

const inAlarm = (streams: readonly Stream[]): string =>
  `${streams.filter(({ alarmAt }) => alarmAt !== null).length} of ${streams.length} recordings`;

const joined = (streams: readonly Stream[]): Float32Array => Float32Array.from(streams.flatMap(({ scores }) => [...scores]));

/** How soon the alarms came. */
function delayOf(streams: readonly Stream[]): string {
  const delays = streams.flatMap(({ alarmAt }) => alarmAt ?? []);
  return delays.length === 0 ? '' : `, after ${Math.min(...delays)} to ${Math.max(...delays)} samples`;
}

/** The features behind the windows above the threshold, by their share in these scores. */
function reasonsOf(streams: readonly Stream[]): string {
  const shares = new Map<string, number>();
  for (const { channel, share } of streams.flatMap(({ reasons }) => reasons)) {
    shares.set(channel, (shares.get(channel) ?? 0) + share);
  }
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
  return [...shares]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([channel, share]) => `${channel} ${Math.round((100 * share) / total)} %`)
    .join(', ');
}

const median = (scores: Float32Array): number => scores.toSorted()[scores.length >> 1]!;

const segmentsOf = (state: 'healthy' | 'broken', streams: readonly Stream[]): Segment[] =>
  streams.map(({ scores }, i) => ({
    label: `${state}, load ${loads[i]} %`,
    abnormal: state === 'broken',
    scores: [...scores],
  }));
