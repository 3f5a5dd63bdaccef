import { ArtifactError } from './artifact/error.ts';
import type { AsyncModel, LoadOptions } from './async-model.ts';
import { loadBytes, type Model } from './model.ts';

/** An artifact: its bytes, where to fetch it from, or a response that brings it. */
export type ArtifactSource = Uint8Array | ArrayBuffer | Response | URL | string;

/** Options that ask for a model behind promises. */
export type WorkerOptions = LoadOptions & { readonly worker: true | (() => Worker) };

/**
 * Loads an artifact that `sandglass compile` wrote. Throws an ArtifactError if it cannot be fetched, is damaged, or is of
 * another ABI. What comes with the type application/wasm is compiled while it arrives.
 *
 * @example
 * const model = await load('/models/pump.wasm');
 * const score = model.run(window);
 */
export async function load(source: ArtifactSource): Promise<Model>;
/**
 * The same in a worker: scores without holding up the page. It needs neither COOP nor COEP.
 *
 * @example
 * const model = await load('/models/pump.wasm', { worker: true });
 * const score = await model.run(window);
 */
export async function load(source: ArtifactSource, options: WorkerOptions): Promise<AsyncModel>;
export async function load(source: ArtifactSource, options?: WorkerOptions): Promise<Model | AsyncModel> {
  // The client of the worker is a chunk of its own, which a page without one never loads.
  if (options?.worker) return (await import('./worker/client.ts')).loadInWorker(source, options);
  if (source instanceof Uint8Array) return loadBytes(source, 'artifact');
  if (source instanceof ArrayBuffer) return loadBytes(new Uint8Array(source), 'artifact');
  const response = source instanceof Response ? source : await fetchArtifact(source);
  const where = source instanceof Response ? source.url || 'artifact' : String(source);
  const module = compileWhileItArrives(response);
  return loadBytes(await bytesOf(response, where), where, module);
}

async function fetchArtifact(url: URL | string): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw new ArtifactError(String(url), 'cannot be fetched', 'Check the address and the network.', { cause });
  }
}

/** The whole body. Throws an ArtifactError if the server refuses, or the connection breaks off. */
export async function bytesOf(response: Response, where: string): Promise<Uint8Array> {
  if (!response.ok) throw new ArtifactError(where, `cannot be fetched: HTTP ${response.status}`, 'Check the address.');
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new ArtifactError(where, `broke off while it was read: ${String(cause)}`, 'Load it again.', { cause });
  }
}

/** Undefined where only the bytes will do: browsers stream application/wasm alone, with no parameter behind it. */
function compileWhileItArrives(response: Response): Promise<WebAssembly.Module> | undefined {
  if (!response.ok || response.bodyUsed || response.headers.get('content-type')?.toLowerCase() !== 'application/wasm')
    return undefined;
  const module = WebAssembly.compileStreaming(response.clone());
  // A damaged artifact is named by its checksum, which is looked at first: until then nobody waits for this promise.
  module.catch(() => {});
  return module;
}
