import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { readSamples } from '../../compiler/calibrate/samples.ts';
import { compile } from '../../compiler/compile.ts';
import { readNamed } from '../../compiler/index.ts';
import { onsets } from '../../compiler/evaluate/alarms.ts';
import { nabScores, type Detections, type NabScores } from '../../compiler/evaluate/nab.ts';
import { pointScores } from '../../compiler/evaluate/points.ts';
import { nextAlarm, noAlarm } from '../../runtime-js/artifact/alarm.ts';
import { Spot } from '../../runtime-js/spot.ts';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import { filesOf } from '../skab/train.ts';

// Trains a small autoencoder on the first 15 % of each recording of the Numenta Anomaly Benchmark's realKnownCause, which NAB does not
// judge, and prints NAB's score of the artifacts' alarms, of an adaptive threshold, and of the threshold that would have been best for all
// recordings, which is how NAB chooses those of its own detectors. A minute.
//
//   node examples/nab/benchmark.ts

const folder = join(process.env['SANDGLASS_DATA'] ?? '../shared/data', 'nab');
const rows = 32;
const [seed, risk] = [7, 1e-4];

interface Series {
  readonly name: string;
  readonly values: Float32Array;
  /** 1 within an anomaly window. */
  readonly labels: Uint8Array;
}

function readSeries(): Series[] {
  const windows = JSON.parse(readFileSync(join(folder, 'labels/combined_windows.json'), 'utf8')) as Record<string, string[][]>;
  return readdirSync(join(folder, 'realKnownCause')).map((file) => {
    const selection = { channels: ['value'], beside: ['timestamp'], gaps: false };
    const { data, beside } = readSamples(readNamed(join(folder, 'realKnownCause', file)), selection);
    const spans = windows[`realKnownCause/${file}`]!.map((span) =>
      span.map((time) => Date.parse(`${time.slice(0, 19)}Z`) / 1000),
    );
    const inside = (time: number): boolean => spans.some(([from, to]) => time >= from! && time <= to!);
    return { name: file, values: data, labels: Uint8Array.from(beside.get('timestamp')!, (time) => (inside(time) ? 1 : 0)) };
  });
}

function windowsOf(values: Float32Array): Float32Array {
  const count = values.length - rows + 1;
  const all = new Float32Array(count * rows);
  for (let i = 0; i < count; i++) all.set(values.subarray(i, i + rows), i * rows);
  return all;
}

/** rows -> 16 -> 4 -> 16 -> rows, on standardised windows. */
async function train(windows: Float32Array): Promise<tf.Sequential> {
  const dense = (units: number, n: number, activation: 'relu' | 'linear') =>
    tf.layers.dense({
      units,
      activation,
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed + n }),
      ...(n === 0 ? { inputShape: [rows] } : {}),
    });
  const model = tf.sequential({
    layers: [dense(16, 0, 'relu'), dense(4, 1, 'relu'), dense(16, 2, 'relu'), dense(rows, 3, 'linear')],
  });
  model.compile({ optimizer: tf.train.adam(0.003), loss: 'meanSquaredError' });
  const mean = windows.reduce((sum, value) => sum + value, 0) / windows.length;
  const deviation = Math.sqrt(windows.reduce((sum, value) => sum + (value - mean) ** 2, 0) / windows.length);
  const x = tf.tensor2d(
    windows.map((value) => (value - mean) / deviation),
    [windows.length / rows, rows],
  );
  await model.fit(x, x, { epochs: 60, batchSize: 32, shuffle: false, verbose: 0 });
  x.dispose();
  return model;
}

async function artifactOf({ name, values }: Series): Promise<Model> {
  const known = windowsOf(values.subarray(0, Math.floor(0.15 * values.length)));
  const model = await train(known);
  const { artifact, manifest, warnings } = await compile({
    model: await filesOf(model, name),
    data: { name, data: known, count: known.length / rows, size: rows, columns: ['value'], channels: 1, hop: 1 },
    scaling: { method: 'zscore', per: 'all' },
    threshold: `pot:${risk}`,
    // A window holds what was abnormal for as long as it is: until then an alarm is the same one.
    alarm: { raise: 1, clear: rows, clearBelow: 1 },
    allowPoorFit: true,
  });
  model.dispose();
  const error = (100 * manifest.accuracy.meanRelativeError).toFixed(2);
  process.stderr.write(`${name}: int8 score differs by ${error} %${warnings.map((text) => `; ${text}`).join('')}\n`);
  return loadBytes(artifact, name);
}

/** Row by row: a window detects where it ends. */
function detections(scores: Float32Array, labels: Uint8Array, isAlarm: (score: number) => boolean): Detections {
  const raised = Array.from(scores, (score) => (isAlarm(score) ? 1 : 0));
  const points = pointScores(raised, { samples: rows, hop: 1 }, labels.length, 'last');
  return { detected: onsets(Array.from(points, (alarm) => alarm > 0)), labels };
}

/** With `times` the artifact's threshold. */
function byArtifact({ model, scores, labels }: Scored, times: number): Detections {
  const { score } = model.info.manifest;
  const threshold = times * score.threshold;
  let state = noAlarm;
  const rule = { threshold, alarm: { ...score.alarm, clearAt: threshold } };
  return detections(scores, labels, (value) => (state = nextAlarm(state, value, rule)).on);
}

function bySpot({ model, scores, labels }: Scored): Detections {
  const spot = new Spot(model.info.manifest, { risk, calibration: 200 });
  return detections(scores, labels, (score) => spot.look(score).alarm);
}

interface Scored {
  readonly model: Model;
  readonly scores: Float32Array;
  readonly labels: Uint8Array;
}

await tf.setBackend('cpu');
const scored: Scored[] = [];
for (const one of readSeries()) {
  const model = await artifactOf(one);
  scored.push({ model, scores: model.runBatch(windowsOf(one.values)), labels: one.labels });
}
const tried = Array.from({ length: 60 }, (_, i) => nabScores(scored.map((one) => byArtifact(one, 1.15 ** (i - 10))))!);
const best = (profile: keyof NabScores): number => Math.max(...tried.map((found) => found[profile]));
const table: readonly (readonly [string, NabScores])[] = [
  ["the artifact's threshold", nabScores(scored.map((one) => byArtifact(one, 1)))!],
  ['adaptive threshold', nabScores(scored.map(bySpot))!],
  ['the best threshold', { standard: best('standard'), rewardLowFp: best('rewardLowFp'), rewardLowFn: best('rewardLowFn') }],
];
process.stdout.write(
  `| ${scored.length} recordings of realKnownCause | standard | low FP | low FN |\n| --- | ---: | ---: | ---: |\n`,
);
for (const [name, { standard, rewardLowFp, rewardLowFn }] of table) {
  process.stdout.write(`| ${name} | ${[standard, rewardLowFp, rewardLowFn].map((value) => value.toFixed(1)).join(' | ')} |\n`);
}
