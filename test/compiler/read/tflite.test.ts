import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ad01Windows, relativeDifference } from '../../data.ts';
import { colourImages } from '../../images.ts';
import { floatReference } from './float.ts';
import { gearboxInputs } from './gearbox.ts';
import { loadLite } from '../../litert.ts';

/** Throws unless the graph, as it was read and simplified, gives what LiteRT gives, to 1e-5. */
async function expectSameAsLiteRt(path: string, inputs: readonly Float32Array[]): Promise<void> {
  const lite = await loadLite(withBatchOne(readFileSync(path)));
  const { read, simplified } = await floatReference(path);
  const expected: Float32Array[] = [];
  for (const input of inputs) expected.push(await lite.run(input));
  expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
  expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
  lite.dispose();
}

describe('the float reference agrees with LiteRT to 1e-5', () => {
  test.each([
    ['test/models/ad01/ad01_fp32.tflite', () => ad01Windows()],
    ['test/models/gearbox/autoencoder.tflite', gearboxInputs],
    ['test/models/ic01/pretrainedResnet.tflite', () => colourImages(20)],
  ] as const)('%s, on real inputs', (path, makeInputs) => expectSameAsLiteRt(path, makeInputs()));
});

/** LiteRT.js cannot resize an open batch: the shape signatures [-1, n] of the file become [1, n]. */
function withBatchOne(model: Buffer): Buffer {
  const bound = Buffer.from(model);
  for (let at = 0; at + 12 <= bound.length; at += 4) {
    if (bound.readInt32LE(at) === 2 && bound.readInt32LE(at + 4) === -1) bound.writeInt32LE(1, at + 4);
  }
  return bound;
}
