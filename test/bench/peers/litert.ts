import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { liteRtFiles, loadLite } from '../../litert.ts';
import type { Workload } from '../workload.ts';
import type { Peer } from './define.ts';

type Form = keyof NonNullable<Workload['tflite']>;

const core = dirname(createRequire(import.meta.url).resolve('@litertjs/core'));

/** Its models have a batch of one, and LiteRT.js cannot resize: a batch is a loop. */
const liteRt = (name: string, form: Form): Peer => ({
  name,
  open({ tflite, size }, batch) {
    return tflite === null ? null : open(tflite[form], size, batch);
  },
  bytesToShip: ({ tflite }) =>
    statSync(join(core, 'index.js')).size +
    liteRtFiles.reduce((sum, file) => sum + statSync(file).size, 0) +
    tflite![form].length,
  coldStart: ({ size }, folder) => `
    const { loadLite } = await import(${JSON.stringify(join(import.meta.dirname, '../../litert.ts'))});
    const model = await loadLite(readFileSync(${JSON.stringify(join(folder, `${form}.tflite`))}));
    done(await model.run(window.subarray(0, ${size})));`,
});

async function open(bytes: Uint8Array, size: number, batch: number) {
  const model = await loadLite(bytes);
  const outputs = new Float32Array(batch * size);
  return {
    async run(windows: Float32Array) {
      for (let i = 0; i < batch; i++) outputs.set(await model.run(windows.subarray(i * size, (i + 1) * size)), i * size);
      return outputs;
    },
    dispose: () => model.dispose(),
  };
}

export const liteRtPeers = [liteRt('LiteRT wasm fp32', 'fp32'), liteRt('LiteRT wasm int8', 'int8')];
