import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { compile } from '../../compiler/compile.ts';
import { alarmQuality, type AlarmQuality } from '../../compiler/evaluate/alarms.ts';
import { fitPca } from '../../compiler/evaluate/pca.ts';
import { pointScores } from '../../compiler/evaluate/points.ts';
import { quantile } from '../../runtime-js/artifact/quantile.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { recordings, trainingRows, windowRows, type Recording } from './data.ts';
import { filesOf, train, type Kind } from './train.ts';

// Trains an autoencoder on the normal beginning of each recording, as SKAB's own do, and prints its F1, false alarm rate and missing
// alarm rate in float and as an int8 artifact, beside PCA and the published rows. A quarter of an hour.
//
//   node examples/skab/benchmark.ts [--epochs 100] [--files 16]

const option = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const [epochs, files] = [option('epochs', 100), option('files', 16)];
const channels = 8;
const size = windowRows * channels;

interface Judged {
  readonly alarms: readonly boolean[];
  readonly labels: ArrayLike<number>;
}

/**
 * The benchmark's rule: limit = 4/3 of the 0.999 quantile of the normal scores; a row is in alarm where all 60 windows that hold it are above.
 * Rows at the ends, which fewer hold, are none.
 */
function judge(normal: ArrayLike<number>, scores: ArrayLike<number>, { labels }: Recording): Judged {
  const limit = (4 / 3) * quantile(normal, 0.999);
  const points = pointScores(scores, { samples: windowRows, hop: 1 }, labels.length, 'all');
  const isInside = (row: number): boolean => row >= windowRows - 1 && row <= labels.length - windowRows;
  return { alarms: Array.from(points, (score, row) => isInside(row) && score > limit), labels };
}

/** Overlapping windows of standardised rows; mean and deviation are those of the first rows. */
function standardised({ data }: Recording): Float32Array {
  const z = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const column = Array.from({ length: trainingRows }, (_, i) => data[i * channels + c]!);
    const mean = column.reduce((sum, value) => sum + value, 0) / trainingRows;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / trainingRows) || 1;
    for (let i = c; i < data.length; i += channels) z[i] = (data[i]! - mean) / deviation;
  }
  return windowsOf(z);
}

function windowsOf(rows: Float32Array): Float32Array {
  const count = rows.length / channels - windowRows + 1;
  const windows = new Float32Array(count * size);
  for (let i = 0; i < count; i++) windows.set(rows.subarray(i * channels, i * channels + size), i * size);
  return windows;
}

const trainingWindows = trainingRows - windowRows + 1;

async function withAutoencoder(kind: Kind, recording: Recording): Promise<{ readonly float: Judged; readonly int8: Judged }> {
  const windows = standardised(recording);
  const model = train(kind, windows.subarray(0, trainingWindows * size), epochs);
  const x = tf.tensor4d(windows, [windows.length / size, windowRows, 1, channels]);
  const y = model.predict(x) as tf.Tensor;
  const float = x.sub(y).abs().mean([1, 2, 3]).dataSync() as Float32Array;
  const { artifact, manifest } = await compile({
    model: await filesOf(model, `${kind} ${recording.name}`),
    data: {
      name: recording.name,
      data: windowsOf(recording.data.subarray(0, trainingRows * channels)),
      count: trainingWindows,
      size,
      columns: recording.channels,
      channels,
      hop: 1,
    },
    scaling: { method: 'zscore', per: 'each' },
    score: 'mae',
    allowPoorFit: true,
  });
  const int8 = (await loadBytes(artifact, recording.name)).runBatch(windowsOf(recording.data));
  tf.dispose([x, y]);
  model.dispose();
  process.stderr.write(
    `${recording.name} ${kind}: int8 score differs by ${(100 * manifest.accuracy.meanRelativeError).toFixed(2)} % (weights ${manifest.quantization.weights})\n`,
  );
  const judged = (scores: Float32Array): Judged => judge(scores.subarray(0, trainingWindows), scores, recording);
  return { float: judged(float), int8: judged(int8) };
}

/** PCA of the same first rows, T2 + Q, the 0.999 quantile of these as its limit. */
function withPca({ data, labels }: Recording): Judged {
  const normal = data.subarray(0, trainingRows * channels);
  const { score } = fitPca(normal, channels);
  const each = Array.from(labels, (_, i) => score(data.subarray(i * channels, (i + 1) * channels)));
  const limit = quantile(each.slice(0, trainingRows), 0.999);
  return { alarms: each.map((value) => value > limit), labels };
}

const together = (judged: readonly Judged[]): AlarmQuality =>
  alarmQuality(
    judged.flatMap(({ alarms }) => [...alarms]),
    judged.flatMap(({ labels }) => Array.from(labels)),
  );

setThreadsCount(1);
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await tf.setBackend('wasm');
const all = recordings().slice(0, files);
const rows: [string, AlarmQuality][] = [];
for (const kind of ['conv', 'dense'] as const) {
  const judged = [];
  for (const recording of all) judged.push(await withAutoencoder(kind, recording));
  rows.push([`${kind} autoencoder, float`, together(judged.map(({ float }) => float))]);
  rows.push([`${kind} autoencoder, int8 artifact`, together(judged.map(({ int8 }) => int8))]);
}
rows.push(['PCA (T2 + Q) of the same rows', together(all.map(withPca))]);

process.stdout.write(`| ${all.length} recordings of valve1 | F1 | FAR % | MAR % |\n| --- | ---: | ---: | ---: |\n`);
for (const [name, { f1, far, mar }] of rows) {
  process.stdout.write(`| ${name} | ${f1.toFixed(3)} | ${(100 * far).toFixed(2)} | ${(100 * mar).toFixed(2)} |\n`);
}
process.stdout.write('| published, all 34 recordings: Conv-AE | 0.78 | 13.55 | 28.02 |\n');
process.stdout.write('| published: T2 + Q (PCA) | 0.76 | 26.62 | 24.92 |\n| published: LSTM-AE | 0.74 | 29.96 | 25.92 |\n');
