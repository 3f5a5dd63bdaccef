import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Models and data without a licence of their own are not in the repository: they are read from here, where it exists. */
export const sharedData = process.env['SANDGLASS_DATA'] ?? '../shared/data';

/** The reason to skip a test that needs a shared file, or null. */
export function missing(path: string): string | null {
  if (existsSync(join(sharedData, path))) return null;
  process.stderr.write(`skipped: ${join(sharedData, path)} is not here (set SANDGLASS_DATA)\n`);
  return path;
}

/** The 196 windows of 640 log-mel values of ad01's recorded clip (200 frames x 128 bands, stride one frame). */
export function ad01Windows(): Float32Array[] {
  const bytes = readFileSync('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return Array.from({ length: 196 }, (_, i) => values.slice(i * 128, i * 128 + 640));
}

/**
 * ||found - expected|| / ||expected|| in the Euclidean norm, over all outputs of a data set together. A single window can
 * lie on a kink of a ReLU, where the f32 sums of onnxruntime and LiteRT are off by 3e-5 from f64 (ours: 6e-8).
 */
export function relativeDifference(found: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let [difference, magnitude] = [0, 0];
  expected.forEach((values, window) =>
    values.forEach((value, i) => {
      difference += (found[window]![i]! - value) ** 2;
      magnitude += value ** 2;
    }),
  );
  return found.length === expected.length ? Math.sqrt(difference / magnitude) : Infinity;
}
