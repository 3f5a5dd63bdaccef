import { fft_real, load_pairs } from './fft';
import { log10_f32 } from './log';

/**
 * |X[k]| of one channel, or its square: f32[n / 2 + 1] at `out`. x: f32, one value every `step` bytes, of which `have` are there. scratch:
 * f32[2 x (n / 2 + 4)]. tables: window, order and twiddles as in fft.ts.
 */
export function magnitudes(
  x: usize,
  step: i32,
  have: i32,
  n: i32,
  window: usize,
  order: usize,
  twiddles: usize,
  scratch: usize,
  out: usize,
  squared: i32,
): void {
  const im = scratch + (((n >> 1) + 4) << 2);
  load_pairs(x, step, have, n, window, order, scratch, im);
  fft_real(scratch, im, twiddles, n);
  const bins = (n >> 1) + 1;
  for (let k = 0; k < bins; k++) {
    const re = load<f32>(scratch + (k << 2));
    const i = load<f32>(im + (k << 2));
    const power = re * re + i * i;
    store<f32>(out + (k << 2), squared ? power : sqrt<f32>(power));
  }
}

/** x[i] becomes factor * log10(x[i] + epsilon). */
export function log_scale(x: usize, n: i32, epsilon: f32, factor: f32): void {
  for (const end = x + (n << 2); x < end; x += 4) store<f32>(x, factor * log10_f32(load<f32>(x) + epsilon));
}

/** Sum of |X[k]|^2 from bin `first` to before `end`. */
export function band_energy(spectrum: usize, first: i32, end: i32, out: usize): void {
  let sum: f32 = 0;
  for (let k = first; k < end; k++) {
    const value = load<f32>(spectrum + (k << 2));
    sum += value * value;
  }
  store<f32>(out, sum);
}

/** Sum of k |X[k]| over the sum of |X[k]|, times the width of a bin; 0 of silence. */
export function spectral_centroid(spectrum: usize, bins: i32, width: f32, out: usize): void {
  let sum: f32 = 0;
  let weighted: f32 = 0;
  for (let k = 0; k < bins; k++) {
    const value = load<f32>(spectrum + (k << 2));
    sum += value;
    weighted += <f32>k * value;
  }
  store<f32>(out, sum === 0 ? 0 : (weighted / sum) * width);
}

/**
 * One band after the other: sum of weight * spectrum over the bins of a triangle. bands: i32[mels x 2]: first bin, count; weights: f32, those
 * of one band behind those of the other.
 */
export function mel_bands(spectrum: usize, bands: usize, weights: usize, mels: i32, out: usize): void {
  for (let mel = 0; mel < mels; mel++) {
    let from = spectrum + (load<i32>(bands) << 2);
    const end = from + (load<i32>(bands, 4) << 2);
    let sum: f32 = 0;
    for (; from < end; from += 4) {
      sum += load<f32>(weights) * load<f32>(from);
      weights += 4;
    }
    store<f32>(out + (mel << 2), sum);
    bands += 8;
  }
}

/** Moves n values; they may overlap. */
export function copy_values(from: usize, to: usize, n: i32): void {
  memory.copy(to, from, n << 2);
}

/**
 * Frames of n values, every `hop` values of one channel, as factor * log10(mel bands + epsilon): f32[frames x mels]. scratch: that of
 * `magnitudes`, and f32[n / 2 + 1] behind it.
 */
export function log_mel(
  x: usize,
  step: i32,
  frames: i32,
  hop: i32,
  n: i32,
  window: usize,
  order: usize,
  twiddles: usize,
  scratch: usize,
  squared: i32,
  bands: usize,
  weights: usize,
  mels: i32,
  epsilon: f32,
  factor: f32,
  out: usize,
): void {
  const spectrum = scratch + (((n >> 1) + 4) << 3);
  for (let frame = 0; frame < frames; frame++) {
    magnitudes(x, step, n, n, window, order, twiddles, scratch, spectrum, squared);
    mel_bands(spectrum, bands, weights, mels, out);
    log_scale(out, mels, epsilon, factor);
    x += hop * step;
    out += mels << 2;
  }
}
