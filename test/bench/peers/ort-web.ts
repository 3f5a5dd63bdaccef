import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-web';
import type { Workload } from '../workload.ts';
import type { Peer } from './define.ts';

ort.env.wasm.numThreads = 1;

type Form = keyof Workload['onnx'];

const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const runtimeBytes = ['ort.wasm.min.js', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].reduce(
  (sum, file) => sum + statSync(join(dist, file)).size,
  0,
);

const ortWeb = (name: string, form: Form): Peer => ({
  name,
  perTensor: form !== 'fp32',
  supports: ({ onnx }) => onnx[form] !== null,
  async open({ onnx, shape }, batch) {
    const session = await ort.InferenceSession.create(onnx[form]!, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    });
    const [input] = session.inputNames;
    const [output] = session.outputNames;
    return {
      async run(windows) {
        const result = await session.run({ [input!]: new ort.Tensor('float32', windows, [batch, ...shape]) });
        return result[output!]!.data as Float32Array;
      },
      dispose: () => session.release(),
    };
  },
  bytesToShip: ({ onnx }) => runtimeBytes + onnx[form]!.length,
  coldStart: ({ shape }, folder) => `
    const ort = await import(${JSON.stringify(join(dist, 'ort.node.min.mjs'))});
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(${JSON.stringify(join(folder, `${form}.onnx`))});
    const result = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', window, ${JSON.stringify([1, ...shape])}) });
    done(result[session.outputNames[0]].data);`,
});

export const ortWebPeers = [
  ortWeb('ort-web fp32', 'fp32'),
  ortWeb('ort-web int8 QDQ', 'qdq'),
  ortWeb('ort-web int8 dynamic', 'dynamic'),
];
