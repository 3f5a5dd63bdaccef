import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { ad01Windows } from '../data.ts';

ort.env.wasm.numThreads = 1;

const clip = 'test/models/ad01/normal_id_01_00000000_hist_librosa.bin';

describe('ad01 as QDQ ONNX, uint8 activations and int8 weights', () => {
  const path = 'test/models/ad01/peers/ad01_qdq_u8s8_f.onnx';
  const compiled = compile({ model: openSource(path), data: readNamed(clip), stride: 128 });

  test('the artifact gives the bits of onnxruntime-web: all 125,440 values of the recorded clip', async () => {
    const model = await loadBytes((await compiled).artifact, path);
    const session = await ort.InferenceSession.create(readFileSync(path));
    for (const window of ad01Windows()) {
      model.run(window);
      const result = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', window, [1, 640]) });
      expect(model.reconstruction).toEqual(result[session.outputNames[0]!]!.data);
    }
    await session.release();
  });

  test('the float model that is read is the int8 model: its scores differ by f32 rounding alone', async () => {
    const { accuracy } = (await compiled).manifest;
    expect(accuracy.meanRelativeError).toBeLessThan(1e-6);
  });
});
