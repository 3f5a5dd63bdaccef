import { clamp, clamp_x4 } from '../requantize';

/**
 * f32 -> f32: an activation of the last layer as straight lines between table entries, which go on beyond both ends.
 * t = (x - start) * inverseStep; i = whole part of t, kept in [0, segments - 1];
 * out = clamp(table[i] + (t - i) * (table[i+1] - table[i]), low, high). x, out: f32[n]; table: f32[segments + 1].
 */
export function interpolate_f32(
  x: usize, out: usize, n: i32, table: usize, segments: f32, start: f32, inverseStep: f32, low: f32, high: f32,
): void {
  const end = x + (n << 2);
  const last = segments - 1;
  if (ASC_FEATURE_SIMD) {
    for (; x + 16 <= end; x += 16) {
      const y = interpolate_x4(
        v128.load(x), table, f32x4.splat(last), f32x4.splat(start), f32x4.splat(inverseStep), f32x4.splat(low), f32x4.splat(high),
      );
      v128.store(out, y);
      out += 16;
    }
  }
  for (; x < end; x += 4) {
    store<f32>(out, interpolate_one(load<f32>(x), table, last, start, inverseStep, low, high));
    out += 4;
  }
}

/** The straight lines at one value; last = segments - 1. */
// @ts-ignore: decorator
@inline
export function interpolate_one(x: f32, table: usize, last: f32, start: f32, inverseStep: f32, low: f32, high: f32): f32 {
  const t = (x - start) * inverseStep;
  const index = <i32>clamp(t, 0, last);
  const entry = table + (index << 2);
  const left = load<f32>(entry);
  return clamp(left + (t - <f32>index) * (load<f32>(entry, 4) - left), low, high);
}

// @ts-ignore: decorator
@inline
export function interpolate_x4(x: v128, table: usize, last: v128, start: v128, inverseStep: v128, low: v128, high: v128): v128 {
  const t = f32x4.mul(f32x4.sub(x, start), inverseStep);
  const index = i32x4.trunc_sat_f32x4_s(clamp_x4(t, f32x4.splat(0), last));
  const places = i32x4.shl(index, 2);
  // Each load brings both ends of a line.
  const lines01 = v128.load64_lane(table + i32x4.extract_lane(places, 1), v128.load64_zero(table + i32x4.extract_lane(places, 0)), 1);
  const lines23 = v128.load64_lane(table + i32x4.extract_lane(places, 3), v128.load64_zero(table + i32x4.extract_lane(places, 2)), 1);
  const left = i32x4.shuffle(lines01, lines23, 0, 2, 4, 6);
  const right = i32x4.shuffle(lines01, lines23, 1, 3, 5, 7);
  const rise = f32x4.mul(f32x4.sub(t, f32x4.convert_i32x4_s(index)), f32x4.sub(right, left));
  return clamp_x4(f32x4.add(left, rise), low, high);
}
