import { ArtifactError } from './artifact/error.ts';
import { loadBytes, type Model } from './model.ts';

export { ArtifactError } from './artifact/error.ts';
export type { Channel, FaultPolicy, Manifest, ScoreFunction } from './artifact/manifest.ts';
export type { Contribution } from './contributions.ts';
export { DriftWatch, type Drift } from './drift.ts';
export { Feed, type FaultCounts, type Scored } from './feed.ts';
export type { Fault } from './intake.ts';
export { Spot, spotDefaults, type SpotOptions, type SpotState, type SpotVerdict } from './spot.ts';
export type { Model, ModelInfo, Verification } from './model.ts';

/** An artifact: its bytes, where to fetch it from, or a response that brings it. */
export type ArtifactSource = Uint8Array | ArrayBuffer | Response | URL | string;

/**
 * Loads an artifact that `sandglass compile` wrote. Throws an ArtifactError if it cannot be fetched, is damaged, or is of
 * another ABI.
 *
 * @example
 * const model = await load('/models/pump.wasm');
 * const score = model.run(window);
 */
export async function load(source: ArtifactSource): Promise<Model> {
  if (source instanceof Uint8Array) return loadBytes(source, 'artifact');
  if (source instanceof ArrayBuffer) return loadBytes(new Uint8Array(source), 'artifact');
  const response = source instanceof Response ? source : await fetchArtifact(source);
  const where = source instanceof Response ? source.url || 'artifact' : String(source);
  if (!response.ok) throw new ArtifactError(where, `cannot be fetched: HTTP ${response.status}`, 'Check the address.');
  return loadBytes(new Uint8Array(await response.arrayBuffer()), where);
}

async function fetchArtifact(url: URL | string): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw new ArtifactError(String(url), 'cannot be fetched', 'Check the address and the network.', { cause });
  }
}
