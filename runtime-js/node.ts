import { readFileSync } from 'node:fs';
import { ArtifactError } from './artifact/error.ts';
import { Unavailable } from './backend.ts';
import { load as loadSource, type ArtifactSource } from './index.ts';
import { loadBytesSync, type Model } from './model.ts';

export {
  ArtifactError,
  DriftWatch,
  Feed,
  Spot,
  spotDefaults,
  type ArtifactSource,
  type Channel,
  type Contribution,
  type Drift,
  type Fault,
  type FaultCounts,
  type FaultPolicy,
  type Manifest,
  type ModelInfo,
  type Scored,
  type ScoreFunction,
  type SpotOptions,
  type SpotState,
  type SpotVerdict,
  type Verification,
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
export async function load(source: ArtifactSource): Promise<Model> {
  return isHere(source) ? loadSync(source) : loadSource(source);
}

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

let gpu: Promise<GPU> | null = null;

/**
 * WebGPU in Node: that of the package webgpu, where it is installed. Made once, and kept: when what it gives is collected, it takes the process
 * along. Rejects with an Unavailable where it is not there.
 */
export const gpuOfNode = (): Promise<GPU> => (gpu ??= createGpu());

async function createGpu(): Promise<GPU> {
  // A name that neither bundlers nor types look up: the package is no dependency.
  const name: string = 'webgpu';
  try {
    const { create }: { create(flags: readonly string[]): GPU } = await import(name);
    return create([]);
  } catch (cause) {
    throw new Unavailable('Node has WebGPU only with the package webgpu, which cannot be loaded here: npm install webgpu', {
      cause,
    });
  }
}
