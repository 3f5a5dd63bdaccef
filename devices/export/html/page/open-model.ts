import type { AsyncModel, LoadOptions } from '../../../../runtime-js/async-model.ts';

/* Interim: until runtime-js/worker is merged. */
export async function openModel(bytes: Uint8Array, backend: NonNullable<LoadOptions['backend']>, makeWorker: () => Worker): Promise<AsyncModel> {
  const worker = makeWorker();
  let id = 0;
  let alarm = false;
  const waiting = new Map<number, (data: { result: unknown; error?: string; alarm: boolean }) => void>();
  worker.addEventListener('message', ({ data }) => { waiting.get(data.id)!(data); waiting.delete(data.id); });
  const call = (name: string, args: unknown[]): Promise<never> =>
    new Promise((resolve, reject) => {
      const own = ++id;
      waiting.set(own, (data) => { if (data.error !== undefined) reject(new Error(data.error)); else { alarm = data.alarm; resolve(data.result as never); } });
      worker.postMessage({ id: own, name, args });
    });
  const info: AsyncModel['info'] = await call('load', [bytes, backend]);
  return {
    info, size: info.manifest.input.size, values: info.manifest.features?.names.length ?? info.manifest.input.size, latentSize: info.manifest.latent, threshold: info.manifest.score.threshold,
    get alarm() { return alarm; },
    settled: Promise.resolve(info),
    run: (w) => call('run', [Float32Array.from(w)]), runBatch: (w) => call('runBatch', [w]), push: (s) => call('push', [s]), pushBatch: (s) => call('pushBatch', [s]),
    reset: () => call('reset', []), encode: (w) => call('encode', [w]), decode: (c) => call('decode', [c]), generate: (s) => call('generate', [s]),
    reconstruction: () => call('reconstruction', []), errors: () => call('errors', []), contributions: () => call('contributions', []), verify: () => call('verify', []),
    dispose: async () => worker.terminate(),
  };
}
