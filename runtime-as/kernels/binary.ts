import { multiply_fixed, round_clamped, round_clamped_x4 } from '../requantize';

/**
 * out[i] = round-half-even(clamp(fn(f32(a[i]) * scaleA, f32(b[i]) * scaleB) * inverseScale, low, high)).
 * a, b, out: i16[n]; n is a multiple of 8. fn: 0 add, 1 sub, 2 mul, 3 div, 4 max, 5 min; a quotient that is no number is low.
 */
export function binary_i16(
  a: usize,
  b: usize,
  out: usize,
  n: i32,
  fn: i32,
  scaleA: f32,
  scaleB: f32,
  inverseScale: f32,
  low: f32,
  high: f32,
): void {
  if (ASC_FEATURE_SIMD) {
    const scales = f32x4.splat(inverseScale);
    const lows = f32x4.splat(low);
    const highs = f32x4.splat(high);
    for (const end = out + (n << 1); out < end; out += 16) {
      const va = v128.load(a);
      const vb = v128.load(b);
      const first = apply_x4(
        fn,
        f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(va)), f32x4.splat(scaleA)),
        f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(vb)), f32x4.splat(scaleB)),
      );
      const second = apply_x4(
        fn,
        f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(va)), f32x4.splat(scaleA)),
        f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(vb)), f32x4.splat(scaleB)),
      );
      v128.store(
        out,
        i16x8.narrow_i32x4_s(
          round_clamped_x4(f32x4.mul(first, scales), lows, highs),
          round_clamped_x4(f32x4.mul(second, scales), lows, highs),
        ),
      );
      a += 16;
      b += 16;
    }
  } else {
    for (const end = out + (n << 1); out < end; out += 2) {
      const result = apply(fn, <f32>load<i16>(a) * scaleA, <f32>load<i16>(b) * scaleB);
      store<i16>(out, round_clamped(result * inverseScale, low, high));
      a += 2;
      b += 2;
    }
  }
}

function apply(fn: i32, a: f32, b: f32): f32 {
  if (fn === 0) return a + b;
  if (fn === 1) return a - b;
  if (fn === 2) return a * b;
  if (fn === 3) return a / b;
  if (fn === 4) return a > b ? a : b;
  return a < b ? a : b;
}

// @ts-ignore: decorator
@inline
function apply_x4(fn: i32, a: v128, b: v128): v128 {
  if (fn === 0) return f32x4.add(a, b);
  if (fn === 1) return f32x4.sub(a, b);
  if (fn === 2) return f32x4.mul(a, b);
  if (fn === 3) return f32x4.div(a, b);
  // pmax(x, y) is x < y ? y : x.
  if (fn === 4) return f32x4.pmax(b, a);
  return f32x4.pmin(b, a);
}

/**
 * out[i] = round-half-even(clamp(f32(x[i]) * factor[i mod period] + offset[i mod period], low, high)).
 * x, out: i16[n]; factor, offset: f32[period], where period divides n.
 */
export function affine_i16(
  x: usize,
  out: usize,
  n: i32,
  factor: usize,
  offset: usize,
  period: i32,
  low: f32,
  high: f32,
): void {
  const bytes = period << 2;
  for (const end = out + (n << 1); out < end; ) {
    let at = 0;
    if (ASC_FEATURE_SIMD) {
      for (; at + 32 <= bytes; at += 32) {
        const v = v128.load(x);
        const first = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v)), v128.load(factor + at));
        const second = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v)), v128.load(factor + at, 16));
        const lows = f32x4.splat(low);
        const highs = f32x4.splat(high);
        v128.store(
          out,
          i16x8.narrow_i32x4_s(
            round_clamped_x4(f32x4.add(first, v128.load(offset + at)), lows, highs),
            round_clamped_x4(f32x4.add(second, v128.load(offset + at, 16)), lows, highs),
          ),
        );
        x += 16;
        out += 16;
      }
    }
    for (; at < bytes; at += 4) {
      const scaled: f32 = <f32>load<i16>(x) * load<f32>(factor + at);
      store<i16>(out, round_clamped(scaled + load<f32>(offset + at), low, high));
      x += 2;
      out += 2;
    }
  }
}

/**
 * The sum of two activations as int8 TFLite forms it: out[i] = clamp((2^20 a[i] * aScale + 2^20 b[i] * bScale) * outScale),
 * each scale a mantissa and a shift. a, b, out: i16[n].
 */
export function add_fixed(
  a: usize,
  b: usize,
  out: usize,
  n: i32,
  aMantissa: i32,
  aShift: i32,
  bMantissa: i32,
  bShift: i32,
  outMantissa: i32,
  outShift: i32,
  single: i32,
  low: i32,
  high: i32,
): void {
  for (const end = out + (n << 1); out < end; out += 2) {
    const first = multiply_fixed(<i32>load<i16>(a) << 20, aMantissa, aShift, single);
    const second = multiply_fixed(<i32>load<i16>(b) << 20, bMantissa, bShift, single);
    store<i16>(out, min(max(multiply_fixed(first + second, outMantissa, outShift, single), low), high));
    a += 2;
    b += 2;
  }
}
