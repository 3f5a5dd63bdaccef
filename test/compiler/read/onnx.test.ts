import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { decodeModel } from '../../../compiler/read/onnx/schema.ts';
import { ad01Windows, missing, relativeDifference, sharedData } from '../../data.ts';
import { floatReference } from './float.ts';
import { wave } from './onnx-run.ts';
import { standardisedInputs } from './gearbox.ts';

ort.env.wasm.numThreads = 1;

/** Outputs of onnxruntime-web, an independent implementation. */
async function runOrt(path: string, inputs: readonly Float32Array[], shape = [1, inputs[0]!.length]): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(path);
  const outputs: Float32Array[] = [];
  for (const input of inputs) {
    const result = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', input, shape) });
    outputs.push(result[session.outputNames[0]!]!.data as Float32Array);
  }
  return outputs;
}

describe('the float reference agrees with onnxruntime-web to 1e-5', () => {
  test('ad01_fp32.onnx, on the recorded clip', async () => {
    const path = 'test/models/ad01/peers/ad01_fp32.onnx';
    const inputs = ad01Windows();
    const expected = await runOrt(path, inputs);
    const { read, simplified } = await floatReference(path);
    expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
    expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
  });

  test.skipIf(missing('hls4ml') !== null)('three_layer_pytorch.onnx, on standardised gearbox features', async () => {
    const path = join(sharedData, 'hls4ml/three_layer_pytorch.onnx');
    const inputs = standardisedInputs(16);
    const outputs = await runWithBatch(path, inputs, 789_444);
    const { read, simplified } = await floatReference(path);
    const expected = inputs.map((_, i) => outputs.subarray(i * 5, (i + 1) * 5));
    expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
    expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
  });

  // onnxruntime refuses this file (its BatchNormalization normalises [64 x 1] over 64 channels), so TF.js computes what it means.
  test.skipIf(missing('hls4ml') !== null)('three_layer_bn_keras.onnx, against TF.js', async () => {
    await tf.setBackend('cpu');
    const path = join(sharedData, 'hls4ml/three_layer_bn_keras.onnx');
    const { read, simplified } = await floatReference(path);
    const inputs = standardisedInputs(16);
    const expected = inputs.map((input) => runThreeLayersInTfjs(path, input));
    expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
    expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
  });
});

describe('convolutional, recurrent and generative models agree with onnxruntime-web to 1e-5', () => {
  describe.each([
    ['hls4ml/conv1d_small_keras.onnx', [1, 10, 4]],
    ['hls4ml/conv2d_small_mp_keras.onnx', [1, 25, 25, 1]],
    ['vae_onnx/vae-11.onnx', [1, 16]],
    ['transformer_monitor/small_lstm_autoencoder.onnx', [1, 5, 5]],
  ])('%s', (file, shape) => {
    test.skipIf(missing(file) !== null)('read and simplified', async () => {
      const path = join(sharedData, file);
      const size = shape.reduce((product, extent) => product * extent, 1);
      const inputs = [0.1, 0.7, 1.9].map((phase) => Float32Array.from(wave(size, 0.43, phase)));
      const expected = await runOrt(path, inputs, shape);
      const { read, simplified } = await floatReference(path);
      expect(relativeDifference(inputs.map(read), expected)).toBeLessThan(1e-5);
      expect(relativeDifference(inputs.map(simplified), expected)).toBeLessThan(1e-5);
    });
  });
});

describe('quantized models', () => {
  test('ad01 with QuantizeLinear and DequantizeLinear: every value of 196 windows is that of onnxruntime-web', async () => {
    const path = 'test/models/ad01/peers/ad01_qdq_u8s8_f.onnx';
    const inputs = ad01Windows();
    const expected = await runOrt(path, inputs);
    const { read, simplified } = await floatReference(path);
    expect(inputs.map(read)).toEqual(expected);
    expect(inputs.map(simplified)).toEqual(expected);
  });

  // Rounded by the range of each window at run time; here it is the float model, to be quantized by measured ranges.
  test('ad01 with DynamicQuantizeLinear and MatMulInteger: within its own rounding, 1 % of its values', async () => {
    const path = 'test/models/ad01/peers/ad01_dynint8.onnx';
    const inputs = ad01Windows();
    const { simplified } = await floatReference(path);
    expect(relativeDifference(inputs.map(simplified), await runOrt(path, inputs))).toBeLessThan(0.01);
  });
});

/** A model that was exported with a fixed batch: our rows first, zeros after them. */
async function runWithBatch(path: string, inputs: readonly Float32Array[], batch: number): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(path);
  const width = inputs[0]!.length;
  const data = new Float32Array(batch * width);
  inputs.forEach((input, i) => data.set(input, i * width));
  const result = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', data, [batch, width]) });
  return result[session.outputNames[0]!]!.data as Float32Array;
}

function runThreeLayersInTfjs(path: string, input: Float32Array): Float32Array {
  const { graph } = decodeModel(readFileSync(path));
  const tensor = (name: string): tf.Tensor => {
    const { dims, floatData, rawData } = graph!.initializer.find((initializer) => initializer.name === name)!;
    const values = floatData.length > 0 ? Float32Array.from(floatData) : new Float32Array(rawData.slice().buffer);
    return tf.tensor(values, [...dims]);
  };
  return tf.tidy(() => {
    let x: tf.Tensor = tf.tensor2d(input, [1, 16]);
    for (const { opType, input: names } of graph!.node) {
      const [, second, third, fourth, fifth] = names;
      if (opType === 'Gemm') x = x.matMul(tensor(second!)).add(tensor(third!));
      if (opType === 'BatchNormalization') {
        x = x.sub(tensor(fourth!)).div(tensor(fifth!).add(1e-9).sqrt()).mul(tensor(second!)).add(tensor(third!));
      }
      if (opType === 'Relu') x = x.relu();
      if (opType === 'Softmax') x = x.softmax();
    }
    return x.dataSync() as Float32Array;
  });
}
