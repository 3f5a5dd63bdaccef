import { load, type AsyncModel } from '../../../runtime-js/index.ts';
import { report } from './report.ts';

/** Scores of a batch on WebGPU as bits, and what the model says of it; or why not. */
export type Accelerated = { readonly bits: readonly number[]; readonly mismatches: number; readonly backend: string } | string;

export interface AcceleratedReport {
  readonly page: Accelerated;
  readonly worker: Accelerated;
}

async function score(loading: Promise<AsyncModel>, windows: Float32Array): Promise<Accelerated> {
  try {
    const model = await loading;
    const scores = await model.runBatch(windows);
    const { mismatches } = await model.verify();
    const { backend } = model.info;
    await model.dispose();
    return { bits: [...new Uint32Array(scores.buffer)], mismatches: mismatches.length, backend };
  } catch (error) {
    return String(error);
  }
}

await report(async (): Promise<AcceleratedReport> => {
  const windows = new Float32Array(await (await fetch('/gearbox.windows')).arrayBuffer());
  const page = await score(load('/gearbox.wasm', { backend: 'webgpu' }), windows);
  return { page, worker: await score(load('/gearbox.wasm', { backend: 'webgpu', worker: true }), windows) };
});
