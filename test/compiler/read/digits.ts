import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sharedData } from '../../data.ts';

/** Values before the first image of an IDX file of images (http://yann.lecun.com/exdb/mnist). */
const headerBytes = 16;

/** The first digits of MNIST's test set as [32 x 32 x 3] images: grey, 0 to 255, with two black pixels on each side. */
export function digitImages(count: number): Float32Array[] {
  const pixels = gunzipSync(readFileSync(join(sharedData, 'mnist_t10k/data/t10k-images-idx3-ubyte.gz'))).subarray(headerBytes);
  return Array.from({ length: count }, (_, image) => {
    const values = new Float32Array(32 * 32 * 3);
    for (let y = 0; y < 28; y++) {
      for (let x = 0; x < 28; x++) {
        const at = ((y + 2) * 32 + x + 2) * 3;
        values.fill(pixels[(image * 28 + y) * 28 + x]!, at, at + 3);
      }
    }
    return values;
  });
}
