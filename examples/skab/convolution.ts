import * as tf from '@tensorflow/tfjs';

// One-dimensional convolutions of padding 'same', made of steps whose gradients TensorFlow.js has on its wasm backend: a tenth of the time to train.

/** Samples that lie side by side in one: [n, l, c] -> [n, l / together, together * c]. */
const folded = (x: tf.Tensor3D, together: number): tf.Tensor3D =>
  x.reshape([x.shape[0], x.shape[1] / together, together * x.shape[2]]);

/** x: [n, l, in], w: [taps, in, out] -> [n, l / stride, out]. The stride divides l. */
export function conv1d(x: tf.Tensor3D, w: tf.Tensor3D, stride: number): tf.Tensor3D {
  const [n, length, channels] = x.shape;
  const [taps, , outputs] = w.shape;
  const before = Math.floor((taps - stride) / 2);
  const groups = Math.ceil(taps / stride);
  const out = length / stride;
  const padded = x.pad([
    [0, 0],
    [before, (out + groups - 1) * stride - length - before],
    [0, 0],
  ]) as tf.Tensor3D;
  const pairs = folded(padded, stride);
  const patches = tf.concat(
    Array.from({ length: groups }, (_, group) => pairs.slice([0, group, 0], [n, out, stride * channels])),
    2,
  );
  const rows = patches.reshape([n * out, groups * stride * channels]) as tf.Tensor2D;
  return rows.matMul(flattened(w, groups * stride)).reshape([n, out, outputs]);
}

/** x: [n, l, in], w: [taps, out, in] -> [n, l * stride, out]: the transpose of `conv1d`. */
export function convTranspose1d(x: tf.Tensor3D, w: tf.Tensor3D, stride: number): tf.Tensor3D {
  const [n, length, channels] = x.shape;
  const [taps, outputs] = w.shape;
  const before = Math.floor((taps - stride) / 2);
  const groups = Math.ceil(taps / stride);
  const rows = x.reshape([n * length, channels]) as tf.Tensor2D;
  const spread = rows
    .matMul(flattened(w, groups * stride), false, true)
    .reshape([n, length, groups * stride * outputs]) as tf.Tensor3D;
  const parts = Array.from(
    { length: groups },
    (_, group) =>
      spread.slice([0, 0, group * stride * outputs], [n, length, stride * outputs]).pad([
        [0, 0],
        [group, groups - 1 - group],
        [0, 0],
      ]) as tf.Tensor3D,
  );
  const sum = parts.reduce((one, other) => one.add(other));
  const whole = sum.reshape([n, (length + groups - 1) * stride, outputs]) as tf.Tensor3D;
  return whole.slice([0, before, 0], [n, length * stride, outputs]);
}

/** [taps, a, b] -> [more * a, b], taps that are not there being zeros. */
const flattened = (w: tf.Tensor3D, more: number): tf.Tensor2D =>
  w
    .pad([
      [0, more - w.shape[0]],
      [0, 0],
      [0, 0],
    ])
    .reshape([more * w.shape[1], w.shape[2]]) as tf.Tensor2D;
