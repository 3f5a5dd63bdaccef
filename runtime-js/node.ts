import { readFileSync } from 'node:fs';
import { ArtifactError } from './artifact/error.ts';
import { load as loadSource, type ArtifactSource } from './index.ts';
import { loadBytes, type Model } from './model.ts';

export {
  ArtifactError,
  type ArtifactSource,
  type Manifest,
  type ModelInfo,
  type ScoreFunction,
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
  const isPath = typeof source === 'string' && !/^[a-z][a-z+.-]+:/i.test(source);
  const isFile = !isPath && (typeof source === 'string' || source instanceof URL) && String(source).startsWith('file:');
  if (!isPath && !isFile) return loadSource(source);
  const path = isPath ? source : new URL(source as string | URL);
  return loadBytes(readArtifactFile(path), String(source));
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
