/** Samples per window, and channels (accelerometers) per sample. */
export const windowSamples = 300;
export const channels = 4;

/** Per channel: sum |x|, standard deviation (n - 1), maximum, and unbiased excess kurtosis G2 (Joanes and Gill 1998). */
const features: Readonly<Record<string, (x: Float64Array) => number>> = {
  sum_abs: (x) => x.reduce((sum, value) => sum + Math.abs(value), 0),
  std: (x) => Math.sqrt(moment(x, 2) / (x.length - 1)),
  max: (x) => x.reduce((max, value) => Math.max(max, value), -Infinity),
  kurtosis: (x) => {
    const n = x.length;
    const g2 = (n * moment(x, 4)) / moment(x, 2) ** 2 - 3;
    return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6);
  },
};

/** Names of the 16 features, feature by feature: sum_abs_a1 ... sum_abs_a4, std_a1 ... */
export const featureNames = Object.keys(features).flatMap((name) =>
  Array.from({ length: channels }, (_, c) => `${name}_a${c + 1}`),
);

/** The 16 features of one window: f32[300 x 4] -> f32[16]. */
export function featuresOf(window: Float32Array): Float32Array {
  const perChannel = Array.from({ length: channels }, (_, c) =>
    Float64Array.from({ length: windowSamples }, (__, i) => window[i * channels + c]!),
  );
  return Float32Array.from(Object.values(features).flatMap((feature) => perChannel.map(feature)));
}

/** Sum of the p-th powers of the deviations from the mean. */
function moment(x: Float64Array, p: number): number {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  return x.reduce((sum, value) => sum + (value - mean) ** p, 0);
}
