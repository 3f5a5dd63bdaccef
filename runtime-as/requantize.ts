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

/**
 * Requantization modes `double` and `single` of int8 TFLite: fixed-point multiplication by mantissa * 2^(shift - 31).
 * double (TFLite Micro's reference): the high half of the doubled product, rounded half away from zero, then divided by a
 * power of two, rounded half away from zero. single (ruy): one shift of the whole product, rounded half up.
 */
// @ts-ignore: decorator
@inline
export function multiply_fixed(value: i32, mantissa: i32, shift: i32, single: i32): i32 {
  if (single) {
    const right = <i64>(31 - shift);
    return <i32>((<i64>value * <i64>mantissa + (<i64>1 << (right - 1))) >> right);
  }
  const high = high_product(shift > 0 ? value << shift : value, mantissa);
  return shift < 0 ? divide_by_power(high, -shift) : high;
}

/** High half of the doubled product, rounded half away from zero (gemmlowp's SaturatingRoundingDoublingHighMul). */
// @ts-ignore: decorator
@inline
export function high_product(a: i32, b: i32): i32 {
  const product = <i64>a * <i64>b;
  const nudge: i64 = product >= 0 ? 1 << 30 : 1 - (1 << 30);
  return <i32>((product + nudge) / (<i64>1 << 31));
}

/** x / 2^exponent, rounded half away from zero (gemmlowp's RoundingDivideByPOT). */
// @ts-ignore: decorator
@inline
export function divide_by_power(x: i32, exponent: i32): i32 {
  const mask = (1 << exponent) - 1;
  const threshold = (mask >> 1) + i32(x < 0);
  return (x >> exponent) + i32((x & mask) > threshold);
}

/**
 * out[i] = clamp(acc[i] * mantissa[c] * 2^(shift[c] - 31), low, high) with c = i mod channels, in fixed point.
 * acc: i32[n], mantissa, shift: i32[channels], out: i16[n].
 */
export function requantize_fixed(
  acc: usize, out: usize, n: i32, mantissa: usize, shift: usize, channels: i32, single: i32, low: i32, high: i32,
): void {
  let c = 0;
  for (const end = out + (n << 1); out < end; out += 2) {
    const value = multiply_fixed(load<i32>(acc), load<i32>(mantissa + (c << 2)), load<i32>(shift + (c << 2)), single);
    store<i16>(out, min(max(value, low), high));
    acc += 4;
    c = c + 1 === channels ? 0 : c + 1;
  }
}
