import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { readWindows } from '../../compiler/calibrate/samples.ts';
import { compile } from '../../compiler/compile.ts';
import { readNamed } from '../../compiler/files.ts';
import { filesOf } from '../../examples/skab/train.ts';
import { loadBytes } from '../../runtime-js/model.ts';

// Hidden layers whose activation is a curve, as most Keras autoencoders have them: a table of int8 costs some percent of the score.

const windows = readWindows(readNamed('examples/gearbox/normal.csv'), { size: 16, hop: null });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const initial = (seed: number) => tf.initializers.glorotNormal({ seed });

/** Trained for a few epochs on the healthy gearbox; seeded. */
async function trained(activation: 'elu' | 'tanh' | 'sigmoid') {
  const rows = tf.tensor2d(windows.data, [windows.count, 16]);
  const { mean, variance } = tf.moments(rows, 0);
  const scaling = tf.layers.batchNormalization({ inputShape: [16], trainable: false, epsilon: 1e-7 });
  const hidden = [32, 12, 32].map((units, i) => tf.layers.dense({ units, activation, kernelInitializer: initial(i) }));
  const model = tf.sequential({ layers: [scaling, ...hidden, tf.layers.dense({ units: 16, kernelInitializer: initial(9) })] });
  scaling.setWeights([tf.ones([16]), tf.zeros([16]), mean, variance]);
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
  const target = rows.sub(mean).div(variance.add(1e-7).sqrt());
  await model.fit(rows, target, { epochs: 4, batchSize: 64, shuffle: false, verbose: 0 });
  return filesOf(model, activation);
}

test.each(['elu', 'tanh', 'sigmoid'] as const)(
  '%s: within 0.3 % of the float score with int8 weights, on both targets the same bits, and the code is cut behind the curve',
  async (activation) => {
    const model = await trained(activation);
    const simd = await compile({ model, data: windows });
    expect(simd.manifest.quantization.weights).toBe('int8 per channel');
    expect(simd.manifest.accuracy.meanRelativeError).toBeLessThan(0.003);
    const scalar = await compile({ model, data: windows, target: 'scalar' });
    const [a, b] = [await loadBytes(simd.artifact, 'simd'), await loadBytes(scalar.artifact, 'scalar')];
    expect(a.runBatch(windows.data)).toEqual(b.runBatch(windows.data));
    expect(a.latentSize).toBe(12);
    const window = windows.data.subarray(0, 16);
    a.run(window);
    const reconstruction = a.reconstruction;
    const steps = a.decode(a.encode(window)).map((value, i) => Math.abs(value - reconstruction[i]!) / (1 + Math.abs(value)));
    expect(Math.max(...steps)).toBeLessThan(1e-3);
  },
  60_000,
);
