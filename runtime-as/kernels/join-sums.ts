import { clamp, clamp_x4, round_clamped, round_clamped_x4 } from '../requantize';

/** As compiler/kernels/join-sums.ts: int16 weights are 254 times an upper and once a lower int8. */
const BASE: f32 = 254;

// @ts-ignore: decorator
@inline
function joined(upper: usize, lower: usize, multiplier: usize): f32 {
  const scaled: f32 = <f32>load<i32>(upper) * BASE;
  const sum: f32 = scaled + <f32>load<i32>(lower);
  return sum * load<f32>(multiplier);
}

// @ts-ignore: decorator
@inline
function joined_x4(upper: usize, lower: usize, multiplier: usize): v128 {
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(v128.load(upper)), f32x4.splat(BASE));
  return f32x4.mul(f32x4.add(scaled, f32x4.convert_i32x4_s(v128.load(lower))), v128.load(multiplier));
}

/**
 * out[i] = round-half-even(clamp((254 * upper[i] + lower[i]) * multiplier[i mod period], low, high)).
 * upper, lower: i32[n], multiplier: f32[period], where period divides n, out: i16[n].
 */
export function join_sums_i16(
  upper: usize,
  lower: usize,
  out: usize,
  n: i32,
  multiplier: usize,
  period: i32,
  low: f32,
  high: f32,
): void {
  const bytes = period << 2;
  for (const end = out + (n << 1); out < end; ) {
    let at = 0;
    if (ASC_FEATURE_SIMD) {
      const lows = f32x4.splat(low);
      const highs = f32x4.splat(high);
      for (; at + 32 <= bytes; at += 32) {
        const first = round_clamped_x4(joined_x4(upper, lower, multiplier + at), lows, highs);
        const second = round_clamped_x4(joined_x4(upper + 16, lower + 16, multiplier + at + 16), lows, highs);
        v128.store(out, i16x8.narrow_i32x4_s(first, second));
        upper += 32;
        lower += 32;
        out += 16;
      }
    }
    for (; at < bytes; at += 4) {
      store<i16>(out, round_clamped(joined(upper, lower, multiplier + at), low, high));
      upper += 4;
      lower += 4;
      out += 2;
    }
  }
}

/** The same without rounding, out: f32[n]: the last layer. */
export function join_sums_f32(
  upper: usize,
  lower: usize,
  out: usize,
  n: i32,
  multiplier: usize,
  period: i32,
  low: f32,
  high: f32,
): void {
  const bytes = period << 2;
  for (const end = out + (n << 2); out < end; ) {
    let at = 0;
    if (ASC_FEATURE_SIMD) {
      for (; at + 16 <= bytes; at += 16) {
        v128.store(out, clamp_x4(joined_x4(upper, lower, multiplier + at), f32x4.splat(low), f32x4.splat(high)));
        upper += 16;
        lower += 16;
        out += 16;
      }
    }
    for (; at < bytes; at += 4) {
      store<f32>(out, clamp(joined(upper, lower, multiplier + at), low, high));
      upper += 4;
      lower += 4;
      out += 4;
    }
  }
}
