import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Pixels of an image, 28 x 28, row by row. */
export const pixels = 784;

/** The images of digits.npy.gz (u8 [1200 x 28 x 28]) with values from 0 to 1, f32[pixels] each. */
export function digits(): Float32Array[] {
  const bytes = gunzipSync(readFileSync(join(import.meta.dirname, 'digits.npy.gz')));
  const values = bytes.subarray(10 + bytes.readUInt16LE(8));
  return Array.from({ length: values.length / pixels }, (_, i) =>
    Float32Array.from(values.subarray(i * pixels, (i + 1) * pixels), (value) => value / 255),
  );
}
