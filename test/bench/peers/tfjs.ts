import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Workload } from '../workload.ts';
import type { Peer } from './define.ts';

const require = createRequire(import.meta.url);
const wasmFolder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
const tfjsFolder = dirname(require.resolve('@tensorflow/tfjs'));
const shipped = [
  join(tfjsFolder, 'tf.fesm.min.js'),
  join(wasmFolder, 'tf-backend-wasm.fesm.min.js'),
  join(wasmFolder, 'tfjs-backend-wasm-simd.wasm'),
];

let ready: Promise<void> | null = null;

async function start(): Promise<void> {
  setThreadsCount(1);
  setWasmPaths(`${wasmFolder}/`);
  await tf.setBackend('wasm');
  await tf.ready();
}

/** Weights as TF.js takes them, [depth x rows]. */
const kernelOf = ({ rows, depth, weights }: NonNullable<Workload['layers']>[number]): tf.Tensor2D =>
  tf.tensor2d(weights, [rows, depth]).transpose() as tf.Tensor2D;

export const tfjsPeers: readonly Peer[] = [
  {
    name: 'tfjs wasm fp32',
    perTensor: false,
    supports: ({ layers }) => layers !== null,
    async open({ layers, size }, batch) {
      await (ready ??= start());
      const weights = layers!.map((layer) => ({
        kernel: kernelOf(layer),
        bias: tf.tensor1d(layer.bias) as tf.Tensor,
        activation: layer.relu ? ('relu' as const) : ('linear' as const),
      }));
      return {
        run: (windows) =>
          tf.tidy(() => {
            let x: tf.Tensor2D = tf.tensor2d(windows, [batch, size]);
            for (const { kernel, bias, activation } of weights)
              x = tf.fused.matMul({ a: x, b: kernel, bias, activation }) as tf.Tensor2D;
            return x.dataSync() as Float32Array;
          }),
        dispose: () => weights.forEach(({ kernel, bias }) => tf.dispose([kernel, bias])),
      };
    },
    bytesToShip: ({ layers }) =>
      shipped.reduce((sum, file) => sum + statSync(file).size, 0) +
      layers!.reduce((sum, { rows, depth }) => sum + 4 * rows * (depth + 1), 0),
    coldStart: ({ layers, size }, folder) => `
      const { createRequire } = await import('node:module');
      const require = createRequire('/');
      const tf = require(${JSON.stringify(require.resolve('@tensorflow/tfjs'))});
      const wasm = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-backend-wasm'))});
      wasm.setThreadsCount(1);
      wasm.setWasmPaths(${JSON.stringify(`${wasmFolder}/`)});
      await tf.setBackend('wasm');
      const bytes = readFileSync(${JSON.stringify(join(folder, 'weights.bin'))});
      const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      let at = 0;
      let x = tf.tensor2d(window, [1, ${size}]);
      for (const [rows, depth, relu] of ${JSON.stringify(layers!.map(({ rows, depth, relu }) => [rows, depth, relu]))}) {
        const b = tf.tensor2d(values.subarray(at, at + rows * depth), [rows, depth]);
        const bias = tf.tensor1d(values.subarray(at + rows * depth, at + rows * depth + rows));
        at += rows * depth + rows;
        x = tf.fused.matMul({ a: x, b, transposeB: true, bias, activation: relu ? 'relu' : 'linear' });
      }
      done(x.dataSync());`,
  },
];
