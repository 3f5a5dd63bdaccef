import { digits } from '../examples/digits/digits.ts';

/** Images of 32 x 32 x 3 with values from 0 to 255, as ResNet-8 takes them: three digits as the three colours, in the middle. */
export function colourImages(count: number): Float32Array[] {
  const all = digits();
  return Array.from({ length: count }, (_, i) =>
    Float32Array.from({ length: 3072 }, (_pixel, at) => {
      const [colour, x, y] = [at % 3, (Math.floor(at / 3) % 32) - 2, Math.floor(at / 96) - 2];
      const inside = x >= 0 && x < 28 && y >= 0 && y < 28;
      return inside ? Math.round(255 * all[(i + colour) % all.length]![28 * y + x]!) : 0;
    }),
  );
}
