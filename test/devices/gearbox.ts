import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileDemo, testWindows } from '../../compiler/cli/demo-model.ts';
import { loadArtifact, type LoadedArtifact } from '../../devices/scoring/artifact.ts';

let artifact: Promise<LoadedArtifact> | null = null;

/** The artifact of `sandglass demo`: 16 features of a gearbox's vibration, one sample a window. Compiled once per worker. */
export const gearbox = (): Promise<LoadedArtifact> => (artifact ??= compiled());

async function compiled(): Promise<LoadedArtifact> {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-gearbox-'));
  const loaded = await loadArtifact('gearbox', (await compileDemo(folder)).artifact);
  rmSync(folder, { recursive: true });
  return loaded;
}

/** The rows of one recording, f32[16] each. */
export function recording(state: 'healthy' | 'broken'): readonly Float32Array[] {
  const { data, count, size } = testWindows(state, 16);
  return Array.from({ length: count }, (_, row) => data.subarray(row * size, (row + 1) * size));
}
