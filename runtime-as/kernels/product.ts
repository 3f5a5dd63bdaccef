import { round_clamped } from '../requantize';

/**
 * Product of two activations: out[b][i][j] = round-half-even(clamp(f32(sum over k of x[b][i][k] * y[b][j][k]) * multiplier)).
 * x: i16[batch][rows][depth], y: i16[batch][columns][depth] (already transposed), out: i16[batch][rows][columns]; the
 * compiler proved that no sum leaves i32.
 */
export function product_i16(
  x: usize,
  y: usize,
  out: usize,
  batch: i32,
  rows: i32,
  columns: i32,
  depth: i32,
  multiplier: f32,
  low: f32,
  high: f32,
): void {
  const depthBytes = depth << 1;
  const vectorBytes = depthBytes & ~15;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0, column = y; j < columns; j++, column += depthBytes) {
        let sum = 0;
        let at = 0;
        if (ASC_FEATURE_SIMD) {
          let sums = i32x4.splat(0);
          for (; at < vectorBytes; at += 16) {
            sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(x + at), v128.load(column + at)));
          }
          sum =
            i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
        }
        for (; at < depthBytes; at += 2) sum += <i32>load<i16>(x + at) * <i32>load<i16>(column + at);
        store<i16>(out, round_clamped(<f32>sum * multiplier, low, high));
        out += 2;
      }
      x += depthBytes;
    }
    y += columns * depthBytes;
  }
}
