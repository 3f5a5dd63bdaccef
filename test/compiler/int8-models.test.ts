import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import { interpret } from '../../compiler/kernels/interpret.ts';
import { quantize } from '../../compiler/quantize/index.ts';
import { readModel } from '../../compiler/read/index.ts';
import { simplify } from '../../compiler/simplify/index.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { ad01Windows } from '../data.ts';
import { colourImages } from '../images.ts';
import { loadLite } from '../litert.ts';
import { TfliteMicro } from '../tflm.ts';

ort.env.wasm.numThreads = 1;

const clip = 'test/models/ad01/normal_id_01_00000000_hist_librosa.bin';

describe('ad01 as QDQ ONNX, uint8 activations and int8 weights', () => {
  const path = 'test/models/ad01/peers/ad01_qdq_u8s8_f.onnx';
  const compiled = compile({ model: openSource(path), data: readNamed(clip), hop: 128 });

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

describe('ad01 as int8 TFLite', () => {
  const path = 'test/models/ad01/ad01_int8.tflite';
  const reference = new TfliteMicro(readFileSync(path));
  const compiled = (requantize: 'tflite' | 'float' | 'single') =>
    compile({ model: openSource(path), data: readNamed(clip), hop: 128, allowPoorFit: true, requantize });

  test('--requantize tflite: every int8 output is that of TFLite Micro, on all 196 windows', async () => {
    const model = await loadBytes((await compiled('tflite')).artifact, path);
    const { input, output } = reference;
    for (const window of ad01Windows()) {
      const quantized = Int8Array.from(window, (value) =>
        Math.min(127, Math.max(-128, Math.round(value / input.scales[0]!) + input.zeroPoint)),
      );
      const expected = Float32Array.from(reference.run(quantized), (q) => output.scales[0]! * (q - output.zeroPoint));
      model.run(window);
      expect(model.reconstruction).toEqual(expected);
    }
  });
});

describe('ad01 as int8 TFLite with float input and output, as LiteRT takes it', () => {
  const path = 'test/models/ad01/peers/model_ToyCar_quant_fullint.tflite';

  // XNNPACK multiplies in f32 and rounds to even; on this model one rounding in fixed point gives the same.
  test.each(['float', 'single'] as const)('--requantize %s: every value is that of LiteRT (XNNPACK)', async (requantize) => {
    const { artifact } = await compile({
      model: openSource(path),
      data: readNamed(clip),
      hop: 128,
      allowPoorFit: true,
      requantize,
    });
    const model = await loadBytes(artifact, path);
    const lite = await loadLite(readFileSync(path));
    for (const window of ad01Windows()) {
      model.run(window);
      expect(model.reconstruction).toEqual(await lite.run(window));
    }
    lite.dispose();
  });
});

describe('ResNet-8 of MLPerf Tiny as int8 TFLite', () => {
  const path = 'test/models/ic01/pretrainedResnet_quant.tflite';

  const images = colourImages(102);

  test('--requantize tflite: convolutions, sums, mean and softmax are those of TFLite Micro', async () => {
    const { graph } = simplify((await readModel(openSource(path))).graph);
    const ranges = new Map([...graph.values.keys()].map((id) => [id, { min: -1, max: 1, rms: 0.5 }]));
    const options = { scaling: null, activations: 'int8', rounding: 'double' } as const;
    const scored = quantize({ graph, ranges, activity: new Map() }, options, path);
    const reference = new TfliteMicro(readFileSync(path));
    const { input, output } = reference;
    for (const image of images) {
      const quantized = Int8Array.from(image, (value) => Math.round(value / input.scales[0]!) + input.zeroPoint);
      const expected = Float32Array.from(reference.run(quantized), (q) => output.scales[0]! * (q - output.zeroPoint));
      expect(interpret(scored.graph, image).get(scored.reconstruction)).toEqual(expected);
    }
  });
});
