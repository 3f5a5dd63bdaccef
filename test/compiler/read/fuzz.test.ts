import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { random } from '../../random.ts';

/** Real files of each format. Names of neighbours resolve to the real neighbour. */
const files = [
  'examples/gearbox/model/model.json',
  'test/models/gearbox/autoencoder.tflite',
  'test/models/ad01/ad01_fp32.tflite',
  'test/models/ic01/pretrainedResnet_quant.tflite',
  'test/models/ad01/peers/ad01_fp32.onnx',
  'test/models/ad01/ad01.h5',
];

/** Reads damaged bytes: 'read', 'refused' by an InputError that names the file, or the wrong error as text. */
async function outcome(name: string, bytes: Uint8Array): Promise<string> {
  try {
    await readModel({ name, bytes, sibling: () => Promise.resolve(readFileSync('examples/gearbox/model/weights.bin')) });
    return 'read';
  } catch (error) {
    return error instanceof InputError && error.where.includes(name)
      ? 'refused'
      : String(error instanceof Error ? error.stack : error);
  }
}

describe.each(files)('%s', (file) => {
  const whole = readFileSync(file);
  const large = whole.length > 500_000;

  test('as it is, it reads', async () => {
    expect(await outcome(file, whole)).toBe('read');
  });

  test('truncated anywhere, it is refused with a clear error', async () => {
    const lengths = Array.from({ length: large ? 12 : 40 }, (_, i, n = large ? 12 : 40) =>
      Math.floor((i * (whole.length - 1)) / n),
    );
    for (const length of lengths) expect(await outcome(file, whole.subarray(0, length)), `cut at ${length}`).toBe('refused');
  });

  test('with flipped bytes, it reads or is refused with a clear error, and never hangs', async () => {
    const next = random(whole.length);
    for (let run = 0; run < (large ? 60 : 300); run++) {
      const damaged = Uint8Array.from(whole);
      // The structure lies at the ends of these files, so half of the damage goes there.
      const reach = run % 2 === 0 ? whole.length : Math.min(whole.length, 4096);
      for (let flips = 1 + (next() % 4); flips > 0; flips--) {
        const at = run % 4 === 3 ? whole.length - 1 - (next() % reach) : next() % reach;
        damaged[at] = damaged[at]! ^ (1 << (next() % 8));
      }
      expect(['read', 'refused']).toContain(await outcome(file, damaged));
    }
  });
});
