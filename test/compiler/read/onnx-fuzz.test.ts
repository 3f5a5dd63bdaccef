import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { missing, sharedData } from '../../data.ts';
import { random } from '../../random.ts';

/** Small real files, where damage hits structure more often than in the megabyte of weights that fuzz.test.ts damages. */
const files = [
  'hls4ml/three_layer_pytorch.onnx',
  'hls4ml/three_layer_bn_keras.onnx',
  'hls4ml/conv1d_small_keras.onnx',
  'transformer_monitor/small_lstm_autoencoder.onnx',
];

/** 'read', 'refused' by an InputError that names the file, or the stack of any other error. */
async function outcome(name: string, bytes: Uint8Array): Promise<string> {
  try {
    await readOnnx({ name, bytes, sibling: () => Promise.resolve(new Uint8Array(64)) });
    return 'read';
  } catch (error) {
    if (error instanceof InputError && error.where.includes(name)) return 'refused';
    return error instanceof Error ? `${error.stack}` : String(error);
  }
}

describe.each(files)('%s', (file) => {
  const path = join(sharedData, file);
  const skip = missing(file) !== null;

  test.skipIf(skip)('truncated at 40 lengths, it is refused with a clear error', async () => {
    const whole = readFileSync(path);
    for (let i = 0; i < 40; i++) {
      const length = Math.floor((i * (whole.length - 1)) / 40);
      expect(await outcome(file, whole.subarray(0, length)), `cut at ${length}`).toBe('refused');
    }
  });

  test.skipIf(skip)('with flipped bytes, 300 times, it reads or is refused with a clear error', async () => {
    const whole = readFileSync(path);
    const next = random(whole.length);
    for (let run = 0; run < 300; run++) {
      const damaged = Uint8Array.from(whole);
      for (let flips = 1 + (next() % 4); flips > 0; flips--) damaged[next() % whole.length] = next() & 0xff;
      expect(['read', 'refused'], `run ${run}`).toContain(await outcome(file, damaged));
    }
  });
});
