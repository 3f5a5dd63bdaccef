import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { decodeModel } from '../../../compiler/read/onnx/schema.ts';
import { ad01Windows, missing, relativeDifference, sharedData } from '../../data.ts';
import { floatReference } from './float.ts';
import { standardisedInputs } from './gearbox.ts';

ort.env.wasm.numThreads = 1;

/** Outputs of onnxruntime-web, an independent implementation. */
async function runOrt(path: string, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(path);
  const outputs: Float32Array[] = [];
  for (const input of inputs) {
    const result = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', input, [1, input.length]) });
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
