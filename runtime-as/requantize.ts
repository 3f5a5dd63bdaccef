// Requantization mode `float`: f32 multiply, clamp, round to nearest even. One definition for all kernels; plain IEEE
// single operations in a fixed order, so that SIMD, scalar and any other host give the same bits.

/** 1.5 * 2^23: adding it to |v| < 2^22 leaves round-half-even(v) in the low mantissa bits. */
const MAGIC: f32 = 12582912.0;
const MAGIC_BITS: i32 = 0x4b400000;

/** clamp(v, low, high); NaN becomes low. Written as pmax / pmin, which both forms compute alike. */
// @ts-ignore: decorator
@inline
export function clamp(v: f32, low: f32, high: f32): f32 {
  const raised: f32 = low < v ? v : low;
  return raised < high ? raised : high;
}

// @ts-ignore: decorator
@inline
export function clamp_x4(v: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(high, f32x4.pmax(low, v));
}

/** round-half-even(clamp(v, low, high)); |low|, |high| < 2^22. */
// @ts-ignore: decorator
@inline
export function round_clamped(v: f32, low: f32, high: f32): i32 {
  return reinterpret<i32>(clamp(v, low, high) + MAGIC) - MAGIC_BITS;
}

// @ts-ignore: decorator
@inline
export function round_clamped_x4(v: v128, low: v128, high: v128): v128 {
  return i32x4.sub(f32x4.add(clamp_x4(v, low, high), f32x4.splat(MAGIC)), i32x4.splat(MAGIC_BITS));
}

/**
 * out[i] = round-half-even(clamp(f32(acc[i]) * multiplier[i], low, high)).
 * acc: i32[n], multiplier: f32[n], out: i16[n]; n is a multiple of 8; |low|, |high| < 2^15.
 */
export function requantize_i32_i16(acc: usize, multiplier: usize, out: usize, n: i32, low: f32, high: f32): void {
  if (ASC_FEATURE_SIMD) {
    const lows = f32x4.splat(low);
    const highs = f32x4.splat(high);
    for (const end = out + (n << 1); out < end; out += 16) {
      const first = f32x4.mul(f32x4.convert_i32x4_s(v128.load(acc)), v128.load(multiplier));
      const second = f32x4.mul(f32x4.convert_i32x4_s(v128.load(acc, 16)), v128.load(multiplier, 16));
      v128.store(out, i16x8.narrow_i32x4_s(round_clamped_x4(first, lows, highs), round_clamped_x4(second, lows, highs)));
      acc += 32;
      multiplier += 32;
    }
  } else {
    for (const end = out + (n << 1); out < end; out += 2) {
      store<i16>(out, round_clamped(<f32>load<i32>(acc) * load<f32>(multiplier), low, high));
      acc += 4;
      multiplier += 4;
    }
  }
}

/**
 * out[i] = clamp(f32(acc[i]) * multiplier[i], low, high): the last layer, not rounded to int8.
 * acc: i32[n], multiplier: f32[n], out: f32[n]; n is a multiple of 8.
 */
export function dequantize_i32_f32(acc: usize, multiplier: usize, out: usize, n: i32, low: f32, high: f32): void {
  if (ASC_FEATURE_SIMD) {
    const lows = f32x4.splat(low);
    const highs = f32x4.splat(high);
    for (const end = out + (n << 2); out < end; out += 16) {
      v128.store(out, clamp_x4(f32x4.mul(f32x4.convert_i32x4_s(v128.load(acc)), v128.load(multiplier)), lows, highs));
      acc += 16;
      multiplier += 16;
    }
  } else {
    for (const end = out + (n << 2); out < end; out += 4) {
      store<f32>(out, clamp(<f32>load<i32>(acc) * load<f32>(multiplier), low, high));
      acc += 4;
      multiplier += 4;
    }
  }
}
