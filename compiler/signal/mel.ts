interface MelParts {
  readonly size: number;
  readonly mels: number;
  readonly fmin?: number | undefined;
  readonly fmax?: number | undefined;
  readonly scale?: 'slaney' | 'htk' | undefined;
  readonly norm?: 'slaney' | 'none' | undefined;
}

/** Hz to mel and back. slaney: linear up to 1 kHz (15 mel), then 27 steps to 6.4 times the frequency; htk: 2595 log10(1 + f / 700). */
const scales = {
  slaney: {
    toMel: (hz: number) => (hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4)),
    toHz: (mel: number) => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27)),
  },
  htk: {
    toMel: (hz: number) => 2595 * Math.log10(1 + hz / 700),
    toHz: (mel: number) => 700 * (10 ** (mel / 2595) - 1),
  },
} as const;

/**
 * The triangles of librosa.filters.mel: band i rises from edge i to i + 1 and falls to i + 2, edges evenly spaced in mel from fmin to fmax.
 * bands: i32[mels x 2], first bin and count; weights: f32, those of one band behind those of the other, computed in f64.
 */
export function melBands(parts: MelParts, rateHz: number): { readonly bands: Int32Array; readonly weights: Float32Array } {
  const { size, mels, fmin = 0, fmax = rateHz / 2, scale = 'slaney', norm = 'slaney' } = parts;
  const { toMel, toHz } = scales[scale];
  const [low, high] = [toMel(fmin), toMel(fmax)];
  const edges = Array.from({ length: mels + 2 }, (_, i) => toHz(low + ((high - low) * i) / (mels + 1)));
  const bands: number[] = [];
  const weights: number[] = [];
  for (let band = 0; band < mels; band++) {
    const [from, peak, to] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    const height = norm === 'slaney' ? 2 / (to - from) : 1;
    const found = Array.from({ length: size / 2 + 1 }, (_, k) => {
      const hz = (k * rateHz) / size;
      return height * Math.max(0, Math.min((hz - from) / (peak - from), (to - hz) / (to - peak)));
    });
    const first = found.findIndex((weight) => weight > 0);
    const count = first < 0 ? 0 : found.findLastIndex((weight) => weight > 0) - first + 1;
    bands.push(Math.max(0, first), count);
    if (count > 0) weights.push(...found.slice(first, first + count));
  }
  return { bands: Int32Array.from(bands), weights: Float32Array.from(weights) };
}
