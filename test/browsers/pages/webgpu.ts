import { load } from '../../../runtime-js/index.ts';
import { report } from './report.ts';

/** Of each model that the address names: what it gives on the GPU of this browser. */
export type WebGpuReport = Readonly<Record<string, OnGpu>>;

export interface OnGpu {
  readonly backend: string;
  readonly why: string;
  readonly scores: readonly number[];
  /** Of the last window. */
  readonly reconstruction: readonly number[];
  readonly errors: readonly number[];
}

const floats = async (path: string): Promise<Float32Array> => new Float32Array(await (await fetch(path)).arrayBuffer());

await report(async (): Promise<WebGpuReport> => {
  const models: Record<string, OnGpu> = {};
  for (const name of new URLSearchParams(location.search).get('models')!.split(',')) {
    const model = await load(`/${name}.wasm`, { backend: 'webgpu' });
    const scores = [...(await model.runBatch(await floats(`/${name}.windows`)))];
    const { backend, why } = model.info;
    const [reconstruction, errors] = [[...(await model.reconstruction())], [...(await model.errors())]];
    models[name] = { backend, why, scores, reconstruction, errors };
    await model.dispose();
  }
  return models;
});
