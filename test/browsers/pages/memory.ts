import { load } from '../../../runtime-js/index.ts';
import { report } from './report.ts';

export interface MemoryReport {
  /** All of the tab: the heaps of page and worker, DOM, and WebAssembly memories. */
  readonly bytes: number;
  /** Part of it, in the worker. */
  readonly workerBytes: number;
  /** Memory of the artifact's instance. */
  readonly modelBytes: number;
}

interface Measured {
  readonly bytes: number;
  readonly breakdown: readonly { readonly bytes: number; readonly attribution: readonly { readonly scope: string }[] }[];
}

/** https://wicg.github.io/performance-measure-memory/, which only an isolated page may ask. */
declare global {
  interface Performance {
    measureUserAgentSpecificMemory(): Promise<Measured>;
  }
}

await report(async (): Promise<MemoryReport> => {
  const samples = new Float32Array(await (await fetch('/stream')).arrayBuffer());
  const model = await load('/ad01.wasm', { worker: true });
  await model.pushBatch(samples);
  const { bytes, breakdown } = await performance.measureUserAgentSpecificMemory();
  const inWorker = breakdown.filter(({ attribution }) => attribution.some(({ scope }) => scope === 'DedicatedWorkerGlobalScope'));
  const workerBytes = inWorker.reduce((sum, part) => sum + part.bytes, 0);
  return { bytes, workerBytes, modelBytes: model.info.memoryBytes };
});
