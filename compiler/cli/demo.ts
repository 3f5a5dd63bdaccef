import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contribution } from '../../runtime-js/contributions.ts';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import { readWindows, type Windows } from '../calibrate/samples.ts';
import { compile, type CompileResult } from '../compile.ts';
import { openSource, readNamed, writeAtomically } from '../files.ts';
import { demoPage, type Segment } from '../report/demo-page.ts';
import { rocCurve } from '../report/roc.ts';
import { terminalPlot } from '../report/terminal-plot.ts';
import { describeThreshold } from '../describe-threshold.ts';
import { colours, formatBytes, formatNumber, note, print, progressBar, row } from './output.ts';

const example = fileURLToPath(new URL('../../examples/gearbox/', import.meta.url));

/** One healthy window in fifty may lie above it; windows overlap, and an alarm wants as many in a row as a window is long. */
const thresholdMethod = 'quantile:0.98';
const alarmAfter = 10;

/** Loads of the recorded gearbox in percent. */
const loads = [0, 10, 20, 30, 40];
const channels = ['a1', 'a2', 'a3', 'a4'];
/** Samples per window, and from window to window. */
const [samples, hop] = [300, 30];
/** The recordings are whole numbers of this many m/s2 (examples/gearbox/prepare.ts). */
const step = 0.002;
/** The rest of each recording is for the test: the model never saw it. */
const calibrationShare = 0.8;

/** What the model reads of a window: of each channel, in this order. */
const features = [{ kind: 'sum-abs' }, { kind: 'std', ddof: 1 }, { kind: 'max' }, { kind: 'kurtosis' }] as const;

/** Raw samples of one recording, f32[n x 4]. */
function recording(state: 'h' | 'b', load: number): Float32Array {
  const file = readNamed(join(example, `recordings/${state}30hz${load}.npy.gz`));
  return readWindows(file, { size: channels.length, hop: 1 }).data.map((value) => value * step);
}

const splitAt = (raw: Float32Array): number => Math.round(calibrationShare * (raw.length / channels.length)) * channels.length;

/** Overlapping windows of the first part of the healthy recordings. */
function normalWindows(): Windows {
  const size = samples * channels.length;
  const parts = loads.flatMap((load) => {
    const raw = recording('h', load);
    const windows: Float32Array[] = [];
    for (let at = 0; at + size <= splitAt(raw); at += hop * channels.length) windows.push(raw.subarray(at, at + size));
    return windows;
  });
  const data = new Float32Array(parts.length * size);
  parts.forEach((window, i) => data.set(window, i * size));
  return { name: 'healthy recordings', data, count: parts.length, size, columns: channels, channels: channels.length, hop };
}

export async function run({ out }: { readonly out: string }): Promise<void> {
  mkdirSync(out, { recursive: true });
  note(
    `Compiling examples/gearbox/model with the raw samples of a healthy gearbox: ${channels.length} accelerometers, 5 loads ...`,
  );
  const bar = progressBar();
  const started = performance.now();
  const compiled = await compile({
    model: openSource(join(example, 'model/model.json')),
    data: normalWindows(),
    features,
    name: 'gearbox',
    score: 'mahalanobis',
    threshold: thresholdMethod,
    alarm: { raise: alarmAfter, clear: 1, clearBelow: 1 },
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  const seconds = (performance.now() - started) / 1000;
  const artifact = join(out, 'gearbox.wasm');
  writeAtomically(artifact, compiled.artifact);
  const model = await loadBytes(compiled.artifact, artifact);
  const streams = (state: 'h' | 'b') => loads.map((load) => stream(model, state, load));
  report(model, compiled, {
    healthy: streams('h'),
    broken: streams('b'),
    seconds,
    artifact,
    page: join(out, 'gearbox.html'),
  });
}

/** What an artifact says of the samples of one recording, one after the other. */
interface Stream {
  readonly scores: Float32Array;
  /** Samples until the first alarm; null: there was none. */
  readonly alarmAt: number | null;
  /** Of each window above the threshold: the shares of its channels' features in the score. */
  readonly reasons: readonly Contribution[];
}

function stream(model: Model, state: 'h' | 'b', load: number): Stream {
  const raw = recording(state, load);
  model.reset();
  const scores: number[] = [];
  const reasons: Contribution[] = [];
  let alarmAt: number | null = null;
  for (let at = splitAt(raw), seen = 1; at < raw.length; at += channels.length, seen++) {
    const score = model.push(raw.subarray(at, at + channels.length));
    if (typeof score !== 'number') continue;
    scores.push(score);
    if (model.alarm) alarmAt ??= seen;
    if (score > model.threshold) reasons.push(...model.contributions());
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
      `${formatBytes(bytes.length)} .wasm: weights ${formatBytes(manifest.sizes.weights)}, code ${formatBytes(manifest.sizes.code)}, no imports; raw samples in, features and alarm inside`,
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

/** The channels behind the windows above the threshold, and the feature that tells most of each, by their share in these scores. */
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
