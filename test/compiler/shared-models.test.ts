import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import type { Windows } from '../../compiler/calibrate/samples.ts';
import { openSource } from '../../compiler/files.ts';
import { inspect } from '../../compiler/inspect.ts';
import { digits } from '../../examples/digits/digits.ts';
import { ad01Windows, missing, sharedData } from '../data.ts';

/** Real log-mel frames as windows of steps x 5 values of about one. */
function sequences(steps: number): Windows {
  const frames = ad01Windows()
    .slice(0, 60)
    .map((window) => Array.from({ length: 5 * steps }, (_, i) => window[(i % 5) * 128 + Math.floor(i / 5)]! / 20 + 1.5));
  return { name: 'frames', data: Float32Array.from(frames.flat()), count: 60, size: 5 * steps, columns: null };
}

/** Real handwritten digits, 28 x 28. */
function handwritten(): Windows {
  const images = digits().slice(0, 200);
  return {
    name: 'digits',
    data: Float32Array.from(images.flatMap((image) => [...image])),
    count: images.length,
    size: 784,
    columns: null,
  };
}

/** Mosaics of real handwritten digits, 614 x 614 as the spectra are that the model was trained with. */
function mosaics(): Windows {
  const [count, side, all] = [10, 614, digits()];
  const data = Float32Array.from({ length: count * side * side }, (_, i) => {
    const [n, y, x] = [Math.floor(i / (side * side)), Math.floor(i / side) % side, i % side];
    const tile = Math.floor(y / 28) * 22 + Math.floor(x / 28) + n * 100;
    return all[tile % all.length]![28 * (y % 28) + (x % 28)]!;
  });
  return { name: 'mosaics', data, count, size: side * side, columns: null };
}

/** Model -> real windows of its size, and the least signal to noise of its reconstruction in dB. */
const compiles: Readonly<
  Record<string, { readonly windows: () => Windows; readonly decibels: number; readonly decoder?: string }>
> = {
  'espace_latent/encoder/model.json': { windows: handwritten, decibels: 30, decoder: 'espace_latent/decoder/model.json' },
  'optical_spectrum/autoencoder.h5': { windows: mosaics, decibels: 30 },
  'transformer_monitor/lstm_autoencoder.onnx': { windows: () => sequences(20), decibels: 25 },
  'transformer_monitor/lstm_autoencoder.keras': { windows: () => sequences(20), decibels: 25 },
  'transformer_monitor/small_lstm_autoencoder.onnx': { windows: () => sequences(5), decibels: 25 },
};

describe.each(Object.entries(compiles))('%s', (name, { windows, decibels, decoder }) => {
  test.skipIf(missing(name) !== null)(
    `compiles, and stands ${decibels} dB above its quantization noise`,
    async () => {
      const { artifact, manifest } = await compile({
        model: openSource(join(sharedData, name)),
        decoder: decoder === undefined ? null : openSource(join(sharedData, decoder)),
        data: windows(),
        allowPoorFit: true,
      });
      expect(manifest.accuracy.decibels).toBeGreaterThan(decibels);
      expect(manifest.sizes.code).toBeLessThanOrEqual(16_384);
      // Weights, code, and a few KB that say what it is and prove it.
      expect(artifact.length).toBeLessThan(manifest.sizes.weights + manifest.sizes.code + 16_384);
      expect(manifest.sizes.memory).toBeLessThan(40 * 2 ** 20);
    },
    120_000,
  );
});

describe('memory of activations', () => {
  const inRepository = ['test/models/ad01/ad01.h5', 'test/models/ad01/ad01_int8.tflite', 'examples/gearbox/model/model.json'];
  const shared = Object.keys(compiles).filter((name) => compiles[name]!.decoder === undefined && missing(name) === null);

  test.each([...inRepository, ...shared.map((name) => join(sharedData, name))])(
    '%s: at most 5 % above the least that is possible',
    async (path) => {
      const { arena } = await inspect(openSource(path));
      expect(arena!.bytes).toBeGreaterThanOrEqual(arena!.lowerBound);
      expect(arena!.bytes).toBeLessThanOrEqual(1.05 * arena!.lowerBound);
    },
  );
});

/** Model -> the sentence that says why not. */
const refused: Readonly<Record<string, string>> = {
  'hls4ml/bnn_model_fc_1layer.onnx':
    'operator BipolarQuant of domain onnx.brevitas is not supported (nor Quant of domain onnx.brevitas)',
  'hls4ml/conv1d_small_keras.onnx': 'takes [1 x 10 x 4] and gives [1 x 5]; an autoencoder gives back what it takes',
  'hls4ml/conv2d_small_mp_keras.onnx': 'takes [1 x 25 x 25 x 1] and gives [1 x 5]; an autoencoder gives back what it takes',
  'mlperf_ic01/pretrainedResnet.h5': 'takes [1 x 32 x 32 x 3] and gives [1 x 10]; an autoencoder gives back what it takes',
  'mlperf_ic01/pretrainedResnet.tflite': 'takes [1 x 32 x 32 x 3] and gives [1 x 10]; an autoencoder gives back what it takes',
  'mlperf_ic01/pretrainedResnet_quant.tflite':
    'takes [1 x 32 x 32 x 3] and gives [1 x 10]; an autoencoder gives back what it takes',
  'transformer_monitor/lstm_autoencoder.tflite': 'custom "FlexTensorListReserve"',
  'vae_onnx/vae-11.onnx': 'takes [1 x 16] and gives [1 x 1 x 28 x 28]; an autoencoder gives back what it takes',
};

describe.each(Object.entries(refused))('%s', (name, sentence) => {
  test.skipIf(missing(name) !== null)(`is refused: ${sentence}`, async () => {
    const attempt = compile({ model: openSource(join(sharedData, name)), data: sequences(5), allowPoorFit: true });
    await expect(attempt).rejects.toThrow(sentence);
  });
});
