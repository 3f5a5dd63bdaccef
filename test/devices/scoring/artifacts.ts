import { createHash } from 'node:crypto';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import type { CompileOptions } from '../../../compiler/options.ts';
import type { LoadedArtifact } from '../../../devices/scoring/artifact.ts';
import type { FaultPolicy } from '../../../runtime-js/artifact/manifest.ts';
import { loadBytes } from '../../../runtime-js/model.ts';

/** The recorded clip of ad01: 200 frames x 128 log-mel bands. */
export const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
export const clipValues = new Float32Array(
  clip.bytes.buffer.slice(clip.bytes.byteOffset, clip.bytes.byteOffset + clip.bytes.length),
);

/** ad01 over a stream of its values, one channel; or with other options. */
export async function ad01Bytes(options: Partial<CompileOptions>): Promise<Uint8Array> {
  const { artifact } = await compile({ model: openSource('test/models/ad01/ad01.h5'), data: clip, ...options });
  return artifact;
}

/** As the agent loads it from a file. `faults`: in the place of what the manifest says. */
export async function loaded(bytes: Uint8Array, name = 'ad01', faults?: FaultPolicy): Promise<LoadedArtifact> {
  const model = await loadBytes(bytes, name);
  const manifest = { ...model.info.manifest };
  return {
    name,
    path: `${name}.wasm`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes,
    manifest: faults === undefined ? manifest : { ...manifest, input: { ...manifest.input, faults } },
    model,
  };
}
