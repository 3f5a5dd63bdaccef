import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import { readWindows } from '../calibrate/samples.ts';
import { compile, type CompileResult } from '../compile.ts';
import { openSource, readNamed, writeAtomically } from '../files.ts';
import { demoPage, type Segment } from '../report/demo-page.ts';
import { rocCurve } from '../report/roc.ts';
import { terminalPlot } from '../report/terminal-plot.ts';
import { describeThreshold } from '../describe-threshold.ts';
import { colours, formatBytes, formatNumber, note, print, progressBar, row } from './output.ts';

const example = fileURLToPath(new URL('../../examples/gearbox/', import.meta.url));

/** One healthy window in fifty may raise an alarm: a demo shows the alarms of the broken tooth sooner than a plant would want. */
const thresholdMethod = 'quantile:0.98';

/** The rows of the test files, load by load (examples/gearbox/recordings.ts). */
const loads = [0, 10, 20, 30, 40];

export async function run({ out }: { readonly out: string }): Promise<void> {
  mkdirSync(out, { recursive: true });
  note('Compiling examples/gearbox/model with normal.csv: 3,955 windows of a healthy gearbox ...');
  const bar = progressBar();
  const started = performance.now();
  const compiled = await compile({
    model: openSource(join(example, 'model/model.json')),
    data: readNamed(join(example, 'normal.csv')),
    name: 'gearbox',
    threshold: thresholdMethod,
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  const seconds = (performance.now() - started) / 1000;
  const artifact = join(out, 'gearbox.wasm');
  writeAtomically(artifact, compiled.artifact);
  const model = await loadBytes(compiled.artifact, artifact);
  const healthy = scoreFile(model, 'healthy-test.csv');
  const broken = scoreFile(model, 'broken-test.csv');
  report(model, compiled, { healthy, broken, seconds, artifact, page: join(out, 'gearbox.html') });
}

function scoreFile(model: Model, file: string): Float32Array {
  const { data } = readWindows(readNamed(join(example, file)), { size: model.size, hop: null });
  return model.runBatch(data);
}

interface Scored {
  readonly healthy: Float32Array;
  readonly broken: Float32Array;
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
  const { points, auc } = rocCurve(healthy, broken);
  const share = (scores: Float32Array): string =>
    `${((100 * scores.filter((score) => score > threshold).length) / scores.length).toFixed(1)} %`;
  const factor = formatNumber(median(broken) / median(healthy));
  const result = `With a broken tooth the median score is ${factor} times that of the healthy gearbox. ${share(broken)} of broken-tooth windows raise an alarm, ${share(healthy)} of healthy ones: single windows of 300 samples, from parts of the recordings that the model never saw.`;
  const figures = [
    [
      'Artifact',
      `${formatBytes(bytes.length)} .wasm: weights ${formatBytes(manifest.sizes.weights)}, code ${formatBytes(manifest.sizes.code)}, no imports`,
    ],
    ['Compiled in', `${seconds.toFixed(1)} s`],
    ['Threshold', `${formatNumber(threshold)} (${describeThreshold(manifest.score)})`],
    ['Alarms, healthy', `${share(healthy)} of ${healthy.length} windows`],
    ['Alarms, broken', `${share(broken)} of ${broken.length} windows`],
    ['AUC', auc.toFixed(4)],
    ['Most telling', reasons(model)],
    [
      'int8 or float',
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
  print(`\n${terminalPlot([...healthy, ...broken], threshold)}`);
  print(`${' '.repeat(11)}${'healthy'.padEnd(34)}broken tooth${' '.repeat(6)}(highest score per column)\n`);
  for (const [label, value] of figures) print(row(label.padEnd(16), value));
  print(`\n${colours.green('wrote')} ${artifact}\n${colours.green('wrote')} ${page}   <- open it in a browser`);
}

/** The features behind the alarms of the broken tooth, by their share in these scores. */
function reasons(model: Model): string {
  const { data, count, size } = readWindows(readNamed(join(example, 'broken-test.csv')), { size: model.size, hop: null });
  const shares = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    if (!(model.run(data.subarray(i * size, (i + 1) * size)) > model.threshold)) continue;
    for (const { channel, share } of model.contributions()) shares.set(channel, (shares.get(channel) ?? 0) + share);
  }
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
  return [...shares]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([channel, share]) => `${channel} ${Math.round((100 * share) / total)} %`)
    .join(', ');
}

const median = (scores: Float32Array): number => scores.toSorted()[scores.length >> 1]!;

const segmentsOf = (state: 'healthy' | 'broken', scores: Float32Array): Segment[] =>
  loads.map((load, i) => {
    const perLoad = scores.length / loads.length;
    return {
      label: `${state}, load ${load} %`,
      abnormal: state === 'broken',
      scores: [...scores.subarray(i * perLoad, (i + 1) * perLoad)],
    };
  });
