import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InputError } from '../../compiler/error.ts';
import type { Manifest, Model } from '../../runtime-js/node.ts';
import { loadBytes } from '../../runtime-js/model.ts';

/** An artifact that is loaded and gives the right bits here. */
export interface LoadedArtifact {
  /** What the config calls it. */
  readonly name: string;
  readonly path: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  readonly model: Model;
}

/** Reads an artifact and has it score its golden windows. Throws an InputError or ArtifactError that names the file. */
export async function loadArtifact(name: string, path: string): Promise<LoadedArtifact> {
  const bytes = readArtifact(path);
  const model = await loadBytes(bytes, path);
  const { mismatches, windows } = model.verify();
  if (mismatches.length > 0) {
    throw new InputError({
      where: path,
      what: `${mismatches.length} of its ${windows} golden windows get another score on this machine than when it was compiled`,
      hint: 'Compile it again, and report this: the same artifact should give the same bits everywhere.',
    });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, path, sha256, bytes, manifest: model.info.manifest, model };
}

function readArtifact(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const what = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new InputError({ where: path, what, hint: 'Check the path.' }, { cause });
  }
}

/**
 * What has to be the same in two artifacts, so that a window of samples which one collected is one of the other: the samples, not
 * what is made of them.
 */
export function pipelineOf({ input, stateful }: Manifest): string {
  const { samples, channelCount, hop, rateHz, faults } = input;
  const channels = input.channels?.map(({ name, unit }) => [name, unit]) ?? null;
  return JSON.stringify({ samples, channelCount, hop, rateHz, faults, channels, stateful });
}
