// What becomes of the sums of a convolution: eight outputs of one pixel.
import { clamp_x4, round_clamped_x4 } from '../requantize';

/** The sums of 8 outputs as i16. */
// @ts-ignore: decorator
@inline
export function requantized(a: v128, b: v128, m0: v128, m1: v128, low: f32, high: f32): v128 {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  return i16x8.narrow_i32x4_s(
    round_clamped_x4(f32x4.mul(f32x4.convert_i32x4_s(a), m0), lows, highs),
    round_clamped_x4(f32x4.mul(f32x4.convert_i32x4_s(b), m1), lows, highs),
  );
}

/** Requantizes the sums of 8 outputs of one pixel and writes the first `count` of them. */
export function put_unit(a: v128, b: v128, multiplier: usize, out: usize, count: i32, result: i32, low: f32, high: f32): void {
  if (result === 2) {
    put_lanes(a, out, count, 2);
    if (count > 4) put_lanes(b, out + 16, count - 4, 2);
    return;
  }
  if (result === 1) {
    const lows = f32x4.splat(low);
    const highs = f32x4.splat(high);
    const first = f32x4.mul(f32x4.convert_i32x4_s(a), v128.load(multiplier));
    put_lanes(clamp_x4(first, lows, highs), out, count, 2);
    if (count <= 4) return;
    const second = f32x4.mul(f32x4.convert_i32x4_s(b), v128.load(multiplier, 16));
    put_lanes(clamp_x4(second, lows, highs), out + 16, count - 4, 2);
    return;
  }
  put_lanes(requantized(a, b, v128.load(multiplier), v128.load(multiplier, 16), low, high), out, count, 1);
}

/** Stores the first `count` lanes of 1 << shift bytes. */
export function put_lanes(values: v128, out: usize, count: i32, shift: i32): void {
  if (count << shift >= 16) {
    v128.store(out, values);
    return;
  }
  let rest = values;
  for (const end = out + (count << shift); out < end; out += 2) {
    v128.store16_lane(out, rest, 0);
    rest = i8x16.shuffle(rest, rest, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
  }
}
