import { readFileSync } from 'node:fs';
import { ArtifactError } from './artifact/error.ts';
import type { AsyncModel, LoadOptions } from './async-model.ts';
import {
  arrived,
  load as loadSource,
  type AcceleratedHereOptions,
  type ArtifactSource,
  type HereOptions,
  type WorkerOptions,
} from './load.ts';
import { loadBytesSync, type Model } from './model.ts';

export {
  ArtifactError,
  DriftWatch,
  Feed,
  Spot,
  spotDefaults,
  type ArtifactSource,
  type AsyncModel,
  type AsyncModelInfo,
  type BackendChoice,
  type BackendName,
  type Channel,
  type Contribution,
  type Drift,
  type Fault,
  type FaultCounts,
  type FaultPolicy,
  type LoadOptions,
  type Manifest,
  type ModelInfo,
  type Pushed,
  type Scored,
  type ScoreFunction,
  type SpotOptions,
  type SpotState,
  type SpotVerdict,
  type Verification,
  type WorkerOptions,
} from './index.ts';
export type { Model } from './model.ts';

/**
 * Loads an artifact from bytes, a file path, a file: or http(s): URL, or a Response. Throws an ArtifactError if it cannot
 * be read, is damaged, or is of another ABI.
 *
 * @example
 * const model = await load('pump.wasm');
 * const score = model.run(window);
 */
export async function load(source: ArtifactSource, options?: HereOptions & { readonly backend?: 'wasm' }): Promise<Model>;
/** On a GPU, by the package `webgpu`, or with `auto` where that is faster: see load.ts. Node has no WebNN. */
export async function load(source: ArtifactSource, options: AcceleratedHereOptions): Promise<AsyncModel>;
/** In browsers only: see load.ts. Here it rejects. */
export async function load(source: ArtifactSource, options: WorkerOptions): Promise<AsyncModel>;
export async function load(source: ArtifactSource, options: LoadOptions = {}): Promise<Model | AsyncModel> {
  const { worker = false, backend = 'wasm', batch } = options;
  const where = describeSource(source);
  if (worker !== false) {
    throw new ArtifactError(
      where,
      'cannot be loaded with `worker`: Node has no Web Workers',
      'Load it without the option, in a thread of your own (node:worker_threads) if it must not hold up this one.',
    );
  }
  if (backend !== 'wasm') {
    const { loadInNode } = await import('./accelerated/node.ts');
    const bytes = isHere(source) ? bytesHere(source) : (await arrived(source)).bytes;
    return loadInNode(bytes, where, { backend, ...(batch === undefined ? {} : { batch }) });
  }
  return isHere(source) ? loadSync(source) : loadSource(source);
}

const describeSource = (source: ArtifactSource): string =>
  typeof source === 'string' || source instanceof URL ? String(source) : 'artifact';

/** Bytes and files. Asks nothing of `Response`: Node loads its whole fetch when that name is first used, 20 ms. */
const isHere = (source: ArtifactSource): source is Exclude<ArtifactSource, Response> =>
  source instanceof Uint8Array ||
  source instanceof ArrayBuffer ||
  (source instanceof URL ? source.protocol === 'file:' : typeof source === 'string' && !/^(https?|data|blob):/i.test(source));

/** The same for bytes, a file path or a file: URL, without a promise. */
export const loadSync = (source: Exclude<ArtifactSource, Response>): Model =>
  loadBytesSync(bytesHere(source), describeSource(source));

function bytesHere(source: Exclude<ArtifactSource, Response>): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return readArtifactFile(source instanceof URL || source.startsWith('file:') ? new URL(source) : source);
}

function readArtifactFile(path: string | URL): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const what = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new ArtifactError(String(path), what, 'Check the path.', { cause });
  }
}
