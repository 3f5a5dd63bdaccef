import * as tf from '@tensorflow/tfjs';
import type { Windows } from '../../../compiler/calibrate/samples.ts';
import type { Source } from '../../../compiler/read/source.ts';
import { digits } from '../../../examples/digits/digits.ts';
import { saved } from '../read/layers-models.ts';

/** Pixels of a digit at half its size, 14 x 14. */
export const pixels = 196;

/** Real handwritten digits at half their size: means of 2 x 2 pixels. */
export const smallDigits = (): Float32Array[] =>
  digits().map((image) =>
    Float32Array.from({ length: pixels }, (_, i) => {
      const at = 56 * Math.floor(i / 14) + 2 * (i % 14);
      return (image[at]! + image[at + 1]! + image[at + 28]! + image[at + 29]!) / 4;
    }),
  );

export const windowsOf = (images: readonly Float32Array[]): Windows => ({
  name: 'digits',
  data: Float32Array.from(images.flatMap((image) => [...image])),
  count: images.length,
  size: images[0]!.length,
  columns: null,
});

/** What Keras users write themselves; a file says its name, not its meaning. */
class Sampling extends tf.layers.Layer {
  static readonly className = 'Sampling';
  #seed = 1;

  override computeOutputShape(shapes: tf.Shape[]): tf.Shape {
    return shapes[0]!;
  }

  override call(inputs: tf.Tensor[]): tf.Tensor {
    const [mean, logVariance] = inputs as [tf.Tensor, tf.Tensor];
    const noise = tf.randomNormal(mean.shape, 0, 1, 'float32', this.#seed++);
    return tf.tidy(() => mean.add(logVariance.div(2).exp().mul(noise)));
  }
}

const [hidden, code, epochs, batch, seed] = [48, 6, 12, 30, 5];

const dense = (units: number, activation: 'relu' | 'sigmoid' | 'linear', at: number): tf.layers.Layer =>
  tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.glorotNormal({ seed: seed + at }) });

/** A variational autoencoder of 14 x 14 digits, trained by its evidence lower bound (Bernoulli pixels), seeded: as TF.js saves it. Some seconds. */
export async function trainVae(images: readonly Float32Array[]): Promise<Source> {
  await tf.setBackend('cpu');
  const input = tf.input({ shape: [pixels] });
  const encoded = dense(hidden, 'relu', 1).apply(input);
  const mean = dense(code, 'linear', 2).apply(encoded) as tf.SymbolicTensor;
  const logVariance = dense(code, 'linear', 3).apply(encoded) as tf.SymbolicTensor;
  const z = new Sampling({ name: 'z' }).apply([mean, logVariance]);
  const output = dense(pixels, 'sigmoid', 5).apply(dense(hidden, 'relu', 4).apply(z)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: [output, mean, logVariance] });
  const optimizer = tf.train.adam(0.005);
  const x = tf.tensor2d(Float32Array.from(images.flatMap((image) => [...image])), [images.length, pixels]);
  const count = Math.floor(images.length / batch);
  for (let step = 0; step < epochs * count; step++) {
    optimizer.minimize(() => {
      const rows = x.slice([(step % count) * batch, 0], [batch, pixels]);
      const [y, m, v] = model.apply(rows, { training: true }) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const divergence = v.exp().add(m.square()).sub(v).sub(1).sum(1).div(2);
      const likelihood = rows.mul(y.add(1e-6).log()).add(
        rows
          .mul(-1)
          .add(1)
          .mul(
            y
              .mul(-1)
              .add(1 + 1e-6)
              .log(),
          ),
      );
      return divergence.sub(likelihood.sum(1)).mean() as tf.Scalar;
    });
  }
  const { json, weights } = await saved(model);
  return { name: 'vae/model.json', bytes: new TextEncoder().encode(json), sibling: () => Promise.resolve(weights) };
}
