// Features from the partials of a window: merged: f32[channels x 12] (statistics.ts). out: f32[channels]. n: values per channel.

// @ts-ignore: decorator
@inline
const step = 48;

/** One of the partials as it is: 4 * its place. */
export function feature_partial(merged: usize, out: usize, channels: i32, place: i32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) store<f32>(out, load<f32>(merged + place));
}

/** One of the partials times a factor. */
export function feature_share(merged: usize, out: usize, channels: i32, place: i32, count: f32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) {
    store<f32>(out, load<f32>(merged + place) / count);
  }
}

/** Square root of one of the partials over a count: rms (sum x^2 over n), standard deviation (M2 over n or n - 1). */
export function feature_root(merged: usize, out: usize, channels: i32, place: i32, count: f32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) {
    store<f32>(out, sqrt<f32>(load<f32>(merged + place) / count));
  }
}

export function feature_peak_to_peak(merged: usize, out: usize, channels: i32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) {
    store<f32>(out, load<f32>(merged, 16) - load<f32>(merged, 12));
  }
}

/** max |x| / rms; 0 of nothing but zeros. */
export function feature_crest(merged: usize, out: usize, channels: i32, n: f32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) {
    const rms = sqrt<f32>(load<f32>(merged, 8) / n);
    const peak = max<f32>(abs<f32>(load<f32>(merged, 12)), abs<f32>(load<f32>(merged, 16)));
    store<f32>(out, rms === 0 ? 0 : peak / rms);
  }
}

/** factor * (M3 / n) / (M2 / n)^1.5; 0 where the values do not vary. */
export function feature_skewness(merged: usize, out: usize, channels: i32, n: f32, factor: f32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) {
    const variance = load<f32>(merged, 36) / n;
    const value = load<f32>(merged, 40) / n / (variance * sqrt<f32>(variance));
    store<f32>(out, is_flat(variance, merged, n) ? 0 : factor * value);
  }
}

/** factor * ((M4 / n) / (M2 / n)^2 - 3) + offset; 0 where the values do not vary. */
export function feature_kurtosis(merged: usize, out: usize, channels: i32, n: f32, factor: f32, offset: f32): void {
  for (const end = out + (channels << 2); out < end; out += 4, merged += step) {
    const variance = load<f32>(merged, 36) / n;
    const value = load<f32>(merged, 44) / n / (variance * variance) - 3;
    store<f32>(out, is_flat(variance, merged, n) ? 0 : factor * value + offset);
  }
}

/** Whether the variance is no more than what rounding makes of equal values: 2^-40 of the mean square. */
// @ts-ignore: decorator
@inline
function is_flat(variance: f32, merged: usize, n: f32): bool {
  return variance <= (load<f32>(merged, 8) / n) * 9.094947e-13;
}
