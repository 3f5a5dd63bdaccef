import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';

export type ImageShape = NonNullable<Manifest['input']['image']>;

/** Place of a channel of a pixel in a window. */
function indexOf({ height, width, channels, channelsFirst }: ImageShape, pixel: number, channel: number): number {
  return channelsFirst ? channel * height * width + pixel : pixel * channels + channel;
}

/** Draws a window as a picture, grey or in colours, from `least` (black) to `greatest` (white). */
export function drawPicture(
  canvas: HTMLCanvasElement,
  image: ImageShape,
  values: Float32Array,
  [least, greatest]: readonly [number, number],
): void {
  const level = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, (value - least) / (greatest - least || 1))));
  paint(canvas, image, (pixel) => {
    const [r, g, b] = [0, 1, 2].map((channel) => level(values[indexOf(image, pixel, Math.min(channel, image.channels - 1))]!));
    return [r!, g!, b!];
  });
}

/** Draws what each pixel has to do with the score: dark is nothing, bright the most of this picture. */
export function drawErrors(canvas: HTMLCanvasElement, image: ImageShape, errors: Float32Array): void {
  const sums = Float32Array.from({ length: image.height * image.width }, (_, pixel) =>
    Array.from({ length: image.channels }, (__, channel) => Math.max(0, errors[indexOf(image, pixel, channel)]!)).reduce(
      (a, b) => a + b,
      0,
    ),
  );
  const most = sums.reduce((greatest, value) => Math.max(greatest, value), 0) || 1;
  // The square root lets faint errors be seen beside one that glares.
  paint(canvas, image, (pixel) => heat(Math.sqrt(sums[pixel]! / most)));
}

function paint(
  canvas: HTMLCanvasElement,
  { height, width }: ImageShape,
  colourOf: (pixel: number) => readonly [number, number, number],
): void {
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d')!;
  const data = context.createImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) data.data.set([...colourOf(pixel), 255], 4 * pixel);
  context.putImageData(data, 0, 0);
}

/** From near black over violet and orange to pale yellow: brightness grows all the way, so that it can be read without colours. */
const stops = [
  [12, 10, 28],
  [87, 28, 98],
  [186, 54, 85],
  [246, 140, 40],
  [252, 240, 170],
] as const;

function heat(share: number): readonly [number, number, number] {
  const at = Math.min(stops.length - 1.001, Math.max(0, share) * (stops.length - 1));
  const [low, high] = [stops[Math.floor(at)]!, stops[Math.floor(at) + 1]!];
  const mix = (i: 0 | 1 | 2): number => low[i] + (high[i] - low[i]) * (at % 1);
  return [mix(0), mix(1), mix(2)];
}
