import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Accelerator } from '../../runtime-js/backend.ts';
import { readArtifact } from '../../runtime-js/artifact/read.ts';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import type { WebGpuOptions } from '../../runtime-js/webgpu/device.ts';
import { webGpu } from '../../runtime-js/webgpu/open.ts';
import { artifactNamed, graphOf, names } from './artifacts.ts';
import { gpuOfTest, missingGpu } from './gpu.ts';

const opened: Accelerator[] = [];
async function open(artifact: Uint8Array, options: WebGpuOptions = {}): Promise<Accelerator> {
  const accelerator = await webGpu({ gpu: gpuOfTest(), ...options }).open(await graphOf(artifact), 'pump.wasm');
  opened.push(accelerator);
  return accelerator;
}
afterAll(() => opened.forEach((accelerator) => accelerator.dispose()));

/** Golden windows over and over, each time a little louder. */
function windowsOf(artifact: Uint8Array, count: number): Float32Array {
  const { inputs, size } = readArtifact(artifact, 'test').golden()!;
  return Float32Array.from(
    { length: count * size },
    (_, i) => inputs[i % inputs.length]! * (1 + Math.floor(i / inputs.length) / 8),
  );
}

describe.skipIf(missingGpu() !== null)('on a device', () => {
  test.each(names)(
    '%s: scores, reconstruction and errors have the bits of wasm, at batches of 1, 3 and more than fit at once',
    async (name) => {
      const artifact = await artifactNamed(name);
      const model = await loadBytes(artifact, name);
      const accelerator = await open(artifact, { mostWindows: 16 });
      for (const count of [1, 3, 21]) {
        const batch = windowsOf(artifact, count);
        const { scores, reconstruction, errors } = await accelerator.run(batch);
        expect(scores).toEqual(model.runBatch(batch));
        model.run(batch.subarray((count - 1) * model.size));
        expect(reconstruction).toEqual(model.reconstruction);
        expect(errors).toEqual(model.errors);
      }
    },
    120_000,
  );

  describe('a dense autoencoder', () => {
    let artifact: Uint8Array;
    let model: Model;
    let accelerator: Accelerator;
    beforeAll(async () => {
      artifact = await artifactNamed('a dense autoencoder of the gearbox, int16');
      model = await loadBytes(artifact, 'gearbox');
      accelerator = await open(artifact, { packed: false });
    });

    test('4,096 windows at once, without dot4I8Packed, and runs that are asked for at the same time', async () => {
      const [many, few] = [windowsOf(artifact, 4096), windowsOf(artifact, 2)];
      const results = await Promise.all([many, few, many].map((batch) => accelerator.run(batch)));
      expect(results.map(({ scores }) => scores)).toEqual([many, few, many].map((batch) => model.runBatch(batch)));
      expect(accelerator.device).toMatch(/; bytes unpacked, as asked$/);
    });

    test('a value that is not finite gives a score that is none', async () => {
      const batch = windowsOf(artifact, 2);
      batch[3] = NaN;
      const { scores } = await accelerator.run(batch);
      expect(scores[0]).toBeNaN();
      expect(scores[1]).toBe(model.run(batch.subarray(model.size)));
    });
  });
});
