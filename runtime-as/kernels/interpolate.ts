import { clamp } from '../requantize';

/**
 * f32 -> f32: an activation of the last layer as straight lines between table entries, which go on beyond both ends.
 * t = (x - start) * inverseStep; i = whole part of t, kept in [0, segments - 1];
 * out = clamp(table[i] + (t - i) * (table[i+1] - table[i]), low, high). x, out: f32[n]; table: f32[segments + 1].
 */
export function interpolate_f32(
  x: usize, out: usize, n: i32, table: usize, segments: f32, start: f32, inverseStep: f32, low: f32, high: f32,
): void {
  for (const end = x + (n << 2); x < end; x += 4) {
    const t = (load<f32>(x) - start) * inverseStep;
    const index = <i32>clamp(t, 0, segments - 1);
    const entry = table + (index << 2);
    const left = load<f32>(entry);
    store<f32>(out, clamp(left + (t - <f32>index) * (load<f32>(entry, 4) - left), low, high));
    out += 4;
  }
}
