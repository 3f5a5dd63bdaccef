import { ArtifactError } from './artifact/error.ts';
import type { AcceleratedOptions } from './accelerated/load.ts';
import type { AsyncModel, LoadOptions } from './async-model.ts';
import { loadBytes, type Model } from './model.ts';

/** An artifact: its bytes, where to fetch it from, or a response that brings it. */
export type ArtifactSource = Uint8Array | ArrayBuffer | Response | URL | string;

/** Options that ask for a model in a worker. */
export type WorkerOptions = LoadOptions & { readonly worker: true | (() => Worker) };

/** Options that ask for a model in this thread: on wasm, or behind promises on an accelerator. */
export type HereOptions = Omit<LoadOptions, 'worker'> & { readonly worker?: false };
export type AcceleratedHereOptions = AcceleratedOptions & HereOptions;

/**
 * Loads an artifact that `sandglass compile` wrote. Throws an ArtifactError if it cannot be fetched, is damaged, or is of
 * another ABI. What comes with the type application/wasm is compiled while it arrives.
 *
 * @example
 * const model = await load('/models/pump.wasm');
 * const score = model.run(window);
 */
export async function load(source: ArtifactSource, options?: HereOptions & { readonly backend?: 'wasm' }): Promise<Model>;
/**
 * The same in a worker: scores without holding up the page. It needs neither COOP nor COEP.
 *
 * @example
 * const model = await load('/models/pump.wasm', { worker: true });
 * const score = await model.run(window);
 */
export async function load(source: ArtifactSource, options: WorkerOptions): Promise<AsyncModel>;
/**
 * The same on a GPU or another accelerator. `auto` begins on wasm and goes over to what gives the same golden scores in less time at your
 * batch size; `info` says what and why. Throws an ArtifactError where the one that is named cannot run the model here.
 *
 * @example
 * const model = await load('/models/pump.wasm', { backend: 'auto', batch: 1024 });
 * const scores = await model.runBatch(windows);
 */
export async function load(source: ArtifactSource, options: AcceleratedHereOptions): Promise<AsyncModel>;
export async function load(source: ArtifactSource, options: LoadOptions = {}): Promise<Model | AsyncModel> {
  const { worker = false, backend = 'wasm', batch } = options;
  // The client of the worker is a chunk of its own, which a page without one never loads; so are accelerators.
  if (worker !== false) return (await import('./worker/client.ts')).loadInWorker(source, { ...options, worker });
  if (backend !== 'wasm') {
    const { loadHere } = await import('./accelerated/browser.ts');
    const { bytes, where } = await arrived(source);
    return loadHere(bytes, where, { backend, ...(batch === undefined ? {} : { batch }) });
  }
  const { bytes, where, module } = await arrived(source);
  return loadBytes(bytes, where, module);
}

interface Arrived {
  readonly bytes: Uint8Array;
  /** What errors call it. */
  readonly where: string;
  /** What was compiled meanwhile. */
  readonly module?: Promise<WebAssembly.Module> | undefined;
}

/** Fetches what is not here yet. */
export async function arrived(source: ArtifactSource): Promise<Arrived> {
  if (source instanceof Uint8Array) return { bytes: source, where: 'artifact' };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), where: 'artifact' };
  const response = source instanceof Response ? source : await fetchArtifact(source);
  const where = source instanceof Response ? source.url || 'artifact' : String(source);
  const module = compileWhileItArrives(response);
  return { bytes: await bytesOf(response, where), where, module };
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
