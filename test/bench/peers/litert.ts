import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { liteRtFiles, loadLite } from '../../litert.ts';
import { withBatch } from '../models/tflite-batch.ts';
import type { Workload } from '../workload.ts';
import type { Peer } from './define.ts';

type Form = keyof NonNullable<Workload['tflite']>;

const core = dirname(createRequire(import.meta.url).resolve('@litertjs/core'));

const liteRt = (name: string, form: Form): Peer => ({
  name,
  perTensor: form !== 'fp32',
  supports: ({ tflite }) => tflite !== null && tflite[form] !== null,
  open: ({ tflite }, batch) => loadLite(withBatch(tflite![form]!, batch), batch),
  bytesToShip: ({ tflite }) =>
    statSync(join(core, 'index.js')).size +
    liteRtFiles.reduce((sum, file) => sum + statSync(file).size, 0) +
    tflite![form]!.length,
  coldStart: ({ size }, folder) => `
    const { loadLite } = await import(${JSON.stringify(join(import.meta.dirname, '../../litert.ts'))});
    const model = await loadLite(readFileSync(${JSON.stringify(join(folder, `${form}.tflite`))}));
    done(await model.run(window.subarray(0, ${size})));`,
});

export const liteRtPeers = [liteRt('LiteRT wasm fp32', 'fp32'), liteRt('LiteRT wasm int8', 'int8')];
