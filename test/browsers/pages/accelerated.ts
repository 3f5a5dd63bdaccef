import { load, type BackendName } from '../../../runtime-js/index.ts';
import { exercise, type Bits } from './exercise.ts';
import { report } from './report.ts';

/** Of each model that the address names: what it gives on the accelerator, on this page and in a worker; or why not. */
export interface AcceleratedReport {
  readonly [model: string]: { readonly page: Bits | string; readonly worker: Bits | string; readonly backend: string };
}

const floats = async (path: string): Promise<Float32Array> => new Float32Array(await (await fetch(path)).arrayBuffer());

await report(async (): Promise<AcceleratedReport> => {
  const asked = new URLSearchParams(location.search);
  const backend = asked.get('backend') as Exclude<BackendName, 'wasm'> | 'auto';
  const results: Record<string, AcceleratedReport[string]> = {};
  for (const name of asked.get('models')!.split(',')) {
    const recorded = { windows: await floats(`/${name}.windows`), samples: await floats(`/${name}.samples`) };
    let which = 'none';
    const tried = async (worker: boolean): Promise<Bits | string> => {
      try {
        const model = worker
          ? await load(`/${name}.wasm`, { backend, worker: true, batch: 16 })
          : await load(`/${name}.wasm`, { backend, batch: 16 });
        const { backend: settled, why, others } = await model.settled;
        which = `${settled}: ${why}; ${others.map((other) => `${other.backend}: ${other.why}`).join('; ')}`;
        const bits = await exercise(model, recorded);
        await model.dispose();
        return bits;
      } catch (error) {
        return String(error);
      }
    };
    results[name] = { page: await tried(false), worker: await tried(true), backend: which };
  }
  return results;
});
