import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { featureNames } from './features.ts';
import { featureRows, loads, parts, type State } from './recordings.ts';

// Trains the autoencoder of this example on the healthy recordings alone, seeded, and writes the model, the calibration
// data and the test data. About a minute.
//
//   node examples/gearbox/train.ts

const trainingHop = 15;
const calibrationHop = 30;
const testHop = 60;
const epochs = 100;
const widths = [32, 12, 32];

const here = import.meta.dirname;
const rowsOf = (state: State, part: keyof typeof parts, hop: number): Float32Array[] =>
  loads.flatMap((load) => featureRows(state, load, part, hop));

/** Mean and variance per feature. */
function statistics(rows: readonly Float32Array[]): { mean: number[]; variance: number[] } {
  const mean = featureNames.map((_, f) => rows.reduce((sum, row) => sum + row[f]!, 0) / rows.length);
  const variance = featureNames.map((_, f) => rows.reduce((sum, row) => sum + (row[f]! - mean[f]!) ** 2, 0) / rows.length);
  return { mean, variance };
}

/** The model takes raw features: its first layer scales them. */
function buildModel({ mean, variance }: ReturnType<typeof statistics>): tf.Sequential {
  const model = tf.sequential();
  model.add(
    tf.layers.batchNormalization({ inputShape: [featureNames.length], trainable: false, epsilon: 1e-7, name: 'scaling' }),
  );
  widths.forEach((units, i) =>
    model.add(
      tf.layers.dense({
        units,
        activation: 'relu',
        kernelInitializer: tf.initializers.heNormal({ seed: i + 1 }),
        name: `hidden_${i + 1}`,
      }),
    ),
  );
  model.add(
    tf.layers.dense({
      units: featureNames.length,
      kernelInitializer: tf.initializers.glorotNormal({ seed: 9 }),
      name: 'reconstruction',
    }),
  );
  const ones = featureNames.map(() => 1);
  const zeros = featureNames.map(() => 0);
  model.getLayer('scaling').setWeights([tf.tensor1d(ones), tf.tensor1d(zeros), tf.tensor1d(mean), tf.tensor1d(variance)]);
  return model;
}

/** A fixed order for the rows (xorshift32), so that a run can be repeated. */
function shuffled<T>(rows: readonly T[]): T[] {
  const result = [...rows];
  let state = 20_261_123;
  for (let i = result.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

const writeCsv = (name: string, rows: readonly Float32Array[]): void =>
  writeFileSync(
    join(here, name),
    `${[featureNames.join(','), ...rows.map((row) => Array.from(row, (value) => Number(value.toPrecision(7))).join(','))].join('\n')}\n`,
  );

await tf.setBackend('cpu');
const training = shuffled(rowsOf('healthy', 'training', trainingHop));
const { mean, variance } = statistics(training);
const model = buildModel({ mean, variance });
model.compile({ optimizer: tf.train.adam(0.002), loss: 'meanSquaredError' });
const x = tf.tensor2d(training.map((row) => [...row]));
const target = x.sub(tf.tensor1d(mean)).div(tf.tensor1d(variance.map((value) => Math.sqrt(value + 1e-7))));
await model.fit(x, target, {
  epochs,
  batchSize: 64,
  shuffle: false,
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, logs) =>
      void ((epoch + 1) % 25 === 0 && process.stderr.write(`epoch ${epoch + 1}: loss ${logs?.['loss']?.toFixed(4)}\n`)),
  },
});

mkdirSync(join(here, 'model'), { recursive: true });
await model.save(
  tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    writeFileSync(
      join(here, 'model/model.json'),
      `${JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest })}\n`,
    );
    writeFileSync(join(here, 'model/weights.bin'), Buffer.from(weightData as ArrayBuffer));
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  }),
);
writeCsv('normal.csv', rowsOf('healthy', 'calibration', calibrationHop));
writeCsv('healthy-test.csv', rowsOf('healthy', 'test', testHop));
writeCsv('broken-test.csv', rowsOf('broken', 'test', testHop));
