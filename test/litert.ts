import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';

/** A TFLite model in LiteRT.js (XNNPACK in wasm). `run` reuses nothing: copies in, copies out, as a user would. */
export interface LiteModel {
  run(input: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

const folder = join(dirname(createRequire(import.meta.url).resolve('@litertjs/core')), '../wasm');
/** What a page loads of LiteRT.js besides its module. */
export const liteRtFiles = ['litert_wasm_internal.js', 'litert_wasm_internal.wasm'].map((file) => join(folder, file));

let started: Promise<unknown> | null = null;

/** LiteRT.js expects a browser's worker: `self`, importScripts, and fetch of a file. */
function startLiteRt(): Promise<unknown> {
  const scope = globalThis as Record<string, unknown>;
  scope['self'] = globalThis;
  scope['require'] = createRequire(import.meta.url);
  scope['__filename'] = join(folder, 'litert_wasm_internal.js');
  scope['__dirname'] = folder;
  scope['importScripts'] = (url: string) =>
    runInThisContext(`${readFileSync(url, 'utf8')}\n;globalThis.ModuleFactory = ModuleFactory;`, { filename: url });
  const fetchUrl = globalThis.fetch;
  globalThis.fetch = (url, options) => {
    if (typeof url === 'string' && url.startsWith('/'))
      return Promise.resolve(new Response(readFileSync(url), { headers: { 'content-type': 'application/wasm' } }));
    return fetchUrl(url, options);
  };
  return loadLiteRt(`${folder}/`);
}

/** `batch`: the first extent of the model's input. */
export async function loadLite(model: Uint8Array, batch = 1): Promise<LiteModel> {
  await (started ??= startLiteRt());
  const compiled = await loadAndCompile(model, { accelerator: 'wasm' });
  const [, ...shape] = compiled.getInputDetails()[0]!.shape;
  return {
    async run(input) {
      const tensor = new Tensor(input, [batch, ...shape]);
      const [output] = await compiled.run([tensor]);
      const values = output!.toTypedArray() as Float32Array;
      tensor.delete();
      output!.delete();
      return values;
    },
    dispose: () => compiled.delete(),
  };
}
