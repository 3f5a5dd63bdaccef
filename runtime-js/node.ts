import { readFileSync } from 'node:fs';
import { ArtifactError } from './artifact/error.ts';
import type { AsyncModel } from './async-model.ts';
import { load as loadSource, type ArtifactSource, type WorkerOptions } from './load.ts';
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
export async function load(source: ArtifactSource): Promise<Model>;
/** In browsers only: see index.ts. Here it rejects. */
export async function load(source: ArtifactSource, options: WorkerOptions): Promise<AsyncModel>;
export async function load(source: ArtifactSource, options?: WorkerOptions): Promise<Model | AsyncModel> {
  if (options?.worker) {
    throw new ArtifactError(
      describeSource(source),
      'cannot be loaded with `worker`: Node has no Web Workers',
      'Load it without the option, in a thread of your own (node:worker_threads) if it must not hold up this one.',
    );
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
export function loadSync(source: Exclude<ArtifactSource, Response>): Model {
  if (source instanceof Uint8Array) return loadBytesSync(source, 'artifact');
  if (source instanceof ArrayBuffer) return loadBytesSync(new Uint8Array(source), 'artifact');
  const isUrl = source instanceof URL || source.startsWith('file:');
  return loadBytesSync(readArtifactFile(isUrl ? new URL(source) : source), String(source));
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
