import { round_clamped, round_clamped_x4 } from '../requantize';

/**
 * f32 -> i16: out[i] = round-half-even(clamp(x[i] * inverseScale, low, high)), which is q - zeroPoint.
 * out: i16[n]; n is a multiple of 8, and as many f32 are readable at x. What lies beyond the window meets zero weights.
 */
export function quantize_f32_i16(x: usize, out: usize, n: i32, inverseScale: f32, low: f32, high: f32): void {
  if (ASC_FEATURE_SIMD) {
    const factor = f32x4.splat(inverseScale);
    const lows = f32x4.splat(low);
    const highs = f32x4.splat(high);
    for (const end = out + (n << 1); out < end; out += 16) {
      const first = round_clamped_x4(f32x4.mul(v128.load(x), factor), lows, highs);
      const second = round_clamped_x4(f32x4.mul(v128.load(x, 16), factor), lows, highs);
      v128.store(out, i16x8.narrow_i32x4_s(first, second));
      x += 32;
    }
  } else {
    for (const end = out + (n << 1); out < end; out += 2) {
      store<i16>(out, round_clamped(load<f32>(x) * inverseScale, low, high));
      x += 4;
    }
  }
}

/** i16 -> f32: out[i] = x[i] * scale. x: i16[n], out: f32[n]. */
export function dequantize_i16_f32(x: usize, out: usize, n: i32, scale: f32): void {
  for (const end = x + (n << 1); x < end; x += 2) {
    store<f32>(out, <f32>load<i16>(x) * scale);
    out += 4;
  }
}
