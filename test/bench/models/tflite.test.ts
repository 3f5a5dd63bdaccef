import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ad01Windows } from '../../data.ts';
import { loadLite } from '../../litert.ts';
import { denseLayers } from './layers.ts';
import { withBatch } from './tflite-batch.ts';
import { floatTflite } from './tflite-writer.ts';

const windows = ad01Windows().slice(0, 16);
const batch = Float32Array.from(windows.flatMap((window) => [...window]));

async function outputsOf(model: Uint8Array, size: number, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const lite = await loadLite(model, size);
  const outputs: Float32Array[] = [];
  for (const input of inputs) outputs.push(await lite.run(input));
  lite.dispose();
  return outputs;
}

test.each(['ad01_fp32.tflite', 'peers/model_ToyCar_quant_fullint.tflite'])(
  '%s with a batch of 16 gives the same bits in LiteRT as its windows one by one',
  async (name) => {
    const model = readFileSync(`test/models/ad01/${name}`);
    const [together] = await outputsOf(withBatch(model, 16), 16, [batch]);
    const apart = await outputsOf(model, 1, windows);
    expect(together).toEqual(Float32Array.from(apart.flatMap((values) => [...values])));
  },
);

test('layers written as TFLite are the layers that are read back', async () => {
  const layers = await denseLayers('test/models/ad01/ad01_fp32.tflite');
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-tflite-'));
  const path = join(folder, 'written.tflite');
  writeFileSync(path, floatTflite(layers));
  try {
    expect(await denseLayers(path)).toEqual(layers);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
