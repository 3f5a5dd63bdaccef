import type { Manifest } from './artifact/manifest.ts';

/** Values that are not as many as they should be. `prefix`: 'a multiple of '. */
export const wrongLength = (where: string, what: string, expected: number, found: number, prefix = ''): RangeError =>
  new RangeError(`${where}: ${what} has ${prefix}${expected} values, found ${found}`);

/** A score that is no number came from a value that is none, or else from the largest, whose error has no f32 square. */
export function notFinite(where: string, manifest: Manifest, values: ArrayLike<number>, place = ''): RangeError {
  const magnitudes = Array.from(values, Math.abs);
  const none = magnitudes.findIndex((value) => !Number.isFinite(value));
  const bad = none >= 0 ? none : magnitudes.indexOf(Math.max(...magnitudes));
  const [least, greatest] = manifest.input.range;
  return new RangeError(
    `${where}: ${place}value ${bad} is ${values[bad]}, which gives no finite score; calibration data was from ${least} to ${greatest}`,
  );
}

/** Windows in a batch f32[n x size]. Throws a RangeError where that is no whole number. */
export function windowsIn(where: string, windows: Float32Array, size: number): number {
  const count = windows.length / size;
  if (!Number.isInteger(count)) throw wrongLength(where, 'a batch of windows', size, windows.length, 'a multiple of ');
  return count;
}

/** Throws a RangeError if a score of a batch is not finite, which names the window and the value. */
export function checkScores(where: string, manifest: Manifest, windows: Float32Array, scores: Float32Array): void {
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  const { size } = manifest.input;
  if (bad >= 0) throw notFinite(where, manifest, windows.subarray(bad * size, (bad + 1) * size), `window ${bad}, `);
}
