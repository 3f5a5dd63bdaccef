import { clamp } from '../requantize';
import { sum_f32 } from '../sum';
import { mse } from './mse';

/**
 * Mean squared error + divergence of the code's normal distribution from the standard one, over n. errors receives the squared residuals.
 * x, y: f32[n]; mean, logVariance: f32[k]; table: f32[1025], (e^v - 1 - v) / 2 at every 1/32 from -16 to 16, whose last lines go on beyond;
 * scratch: f32[k up to a multiple of 4], zeros beyond k.
 */
export function kl(
  x: usize, y: usize, errors: usize, n: i32, mean: usize, logVariance: usize, k: i32, table: usize, scratch: usize,
): f32 {
  let out = scratch;
  for (const end = mean + (k << 2); mean < end; mean += 4) {
    const m = load<f32>(mean);
    const t: f32 = (load<f32>(logVariance) + 16) * 32;
    const index = <i32>clamp(t, 0, 1023);
    const entry = table + (index << 2);
    const left = load<f32>(entry);
    store<f32>(out, 0.5 * (m * m) + (left + (t - <f32>index) * (load<f32>(entry, 4) - left)));
    logVariance += 4;
    out += 4;
  }
  return mse(x, y, errors, n) + sum_f32(scratch, k) / <f32>n;
}
