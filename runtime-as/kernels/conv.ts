import { step_of } from './pixels';
import { put_unit, requantized } from './put';

/**
 * Convolution of i16 activations with i8 weights, for outputs in units of 8:
 * acc = bias + sum over taps of w * x, exact in i32, then by `result` 0: f32(acc) * multiplier, clamped, rounded to i16;
 * 1: the same, stored as f32; 2: acc itself, i32.
 *
 * x: i16, halo included; output pixel (row, column) reads from x + row * rowBytes + column * pixelBytes on: kernelH rows of
 * taps at tapRowBytes, each of kernelW runs at tapBytes, each run `pairs` pairs of values.
 * out: pixel (row, column) is written to out + row * outRowBytes + column * outPixelBytes; a last unit of fewer than 8
 * outputs writes no more than those.
 *
 * Packed: per unit its bias i32[8], then for each pair of values of each run 16 bytes: i16 lane 2i+t holds
 * 256 * w[i][t] + (w[i+4][t] & 255). Four pixels share what one load unpacks; more than about 13 live vectors would spill.
 *
 * short: |acc| < 2^23 and all weights are at least -127. Then the lanes hold 256 * w[i][t] + w[i+4][t] and are multiplied as they
 * are: dot products give 256 * A + B and, of the low bytes alone, 256 * B, which a shift takes apart. The packed bias is
 * 256 * A + B and 256 * B too. Two operations fewer per 64 multiply-adds: 3 % of a small model.
 */
export function conv_pairs(
  x: usize,
  w: usize,
  multiplier: usize,
  out: usize,
  rows: i32,
  columns: i32,
  rowBytes: i32,
  pixelBytes: i32,
  kernelH: i32,
  kernelW: i32,
  tapRowBytes: i32,
  tapBytes: i32,
  pairs: i32,
  outputs: i32,
  outRowBytes: i32,
  outPixelBytes: i32,
  short: i32,
  result: i32,
  low: f32,
  high: f32,
): void {
  if (!ASC_FEATURE_SIMD) return;
  const runBytes = pairs << 2;
  const step = step_of(pixelBytes, outPixelBytes);
  const turn = step_of(rowBytes - (columns - 1) * pixelBytes, outRowBytes - (columns - 1) * outPixelBytes);
  let here: u64 = 0;
  let column = 0;
  for (let left = rows * columns; left > 0; left -= 4) {
    // The pixels of a last, short block are computed more than once: the same values at the same place.
    const i0 = here;
    column = column + 1 === columns ? 0 : column + 1;
    here += left > 1 ? (column ? step : turn) : 0;
    const i1 = here;
    column = column + 1 === columns ? 0 : column + 1;
    here += left > 2 ? (column ? step : turn) : 0;
    const i2 = here;
    column = column + 1 === columns ? 0 : column + 1;
    here += left > 3 ? (column ? step : turn) : 0;
    const i3 = here;
    column = column + 1 === columns ? 0 : column + 1;
    here += column ? step : turn;
    const x0 = x + <usize>i0;
    const x1 = x + <usize>i1;
    const x2 = x + <usize>i2;
    const x3 = x + <usize>i3;
    // One pixel takes less than half of the time of four: 7 x 7 of them, in four phases and two layers, are 2 % of a small model.
    const alone = short !== 0 && left === 1;
    let unit = w;
    for (let o = 0; o < outputs; o += 8) {
      let a0 = v128.load(unit);
      let b0 = v128.load(unit, 16);
      let a1 = a0;
      let b1 = b0;
      let a2 = a0;
      let b2 = b0;
      let a3 = a0;
      let b3 = b0;
      unit += 32;
      for (let tapRow = 0, rowOffset = 0; tapRow < kernelH; tapRow++, rowOffset += tapRowBytes) {
        for (let tap = 0, offset = rowOffset; tap < kernelW; tap++, offset += tapBytes) {
          let p0 = x0 + offset;
          let p1 = x1 + offset;
          let p2 = x2 + offset;
          let p3 = x3 + offset;
          if (alone) {
            for (const end = p0 + runBytes; p0 < end; p0 += 4) {
              const u = v128.load(unit);
              const v0 = v128.load32_splat(p0);
              a0 = i32x4.add(a0, i32x4.dot_i16x8_s(u, v0));
              b0 = i32x4.add(b0, i32x4.dot_i16x8_s(i16x8.shl(u, 8), v0));
              unit += 16;
            }
          } else if (short) {
            for (const end = p0 + runBytes; p0 < end; p0 += 4) {
              const u = v128.load(unit);
              const low_bytes = i16x8.shl(u, 8);
              const v0 = v128.load32_splat(p0);
              a0 = i32x4.add(a0, i32x4.dot_i16x8_s(u, v0));
              b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low_bytes, v0));
              const v1 = v128.load32_splat(p1);
              a1 = i32x4.add(a1, i32x4.dot_i16x8_s(u, v1));
              b1 = i32x4.add(b1, i32x4.dot_i16x8_s(low_bytes, v1));
              const v2 = v128.load32_splat(p2);
              a2 = i32x4.add(a2, i32x4.dot_i16x8_s(u, v2));
              b2 = i32x4.add(b2, i32x4.dot_i16x8_s(low_bytes, v2));
              const v3 = v128.load32_splat(p3);
              a3 = i32x4.add(a3, i32x4.dot_i16x8_s(u, v3));
              b3 = i32x4.add(b3, i32x4.dot_i16x8_s(low_bytes, v3));
              p1 += 4;
              p2 += 4;
              p3 += 4;
              unit += 16;
            }
          } else {
            for (const end = p0 + runBytes; p0 < end; p0 += 4) {
              const u = v128.load(unit);
              const high_bytes = i16x8.shr_s(u, 8);
              const low_bytes = i16x8.shr_s(i16x8.shl(u, 8), 8);
              const v0 = v128.load32_splat(p0);
              a0 = i32x4.add(a0, i32x4.dot_i16x8_s(high_bytes, v0));
              b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low_bytes, v0));
              const v1 = v128.load32_splat(p1);
              a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high_bytes, v1));
              b1 = i32x4.add(b1, i32x4.dot_i16x8_s(low_bytes, v1));
              const v2 = v128.load32_splat(p2);
              a2 = i32x4.add(a2, i32x4.dot_i16x8_s(high_bytes, v2));
              b2 = i32x4.add(b2, i32x4.dot_i16x8_s(low_bytes, v2));
              const v3 = v128.load32_splat(p3);
              a3 = i32x4.add(a3, i32x4.dot_i16x8_s(high_bytes, v3));
              b3 = i32x4.add(b3, i32x4.dot_i16x8_s(low_bytes, v3));
              p1 += 4;
              p2 += 4;
              p3 += 4;
              unit += 16;
            }
          }
        }
      }
      if (alone) {
        a1 = a2 = a3 = a0;
        b1 = b2 = b3 = b0;
      }
      if (short) {
        b0 = i32x4.shr_s(b0, 8);
        a0 = i32x4.shr_s(i32x4.sub(a0, b0), 8);
        b1 = i32x4.shr_s(b1, 8);
        a1 = i32x4.shr_s(i32x4.sub(a1, b1), 8);
        b2 = i32x4.shr_s(b2, 8);
        a2 = i32x4.shr_s(i32x4.sub(a2, b2), 8);
        b3 = i32x4.shr_s(b3, 8);
        a3 = i32x4.shr_s(i32x4.sub(a3, b3), 8);
      }
      const place = out + (o << (result ? 2 : 1));
      const m = multiplier + (o << 2);
      const count = outputs - o;
      const q0 = place + <usize>(i0 >> 32);
      const q1 = place + <usize>(i1 >> 32);
      const q2 = place + <usize>(i2 >> 32);
      const q3 = place + <usize>(i3 >> 32);
      if (result === 0 && count >= 8) {
        const m0 = v128.load(m);
        const m1 = v128.load(m, 16);
        v128.store(q0, requantized(a0, b0, m0, m1, low, high));
        v128.store(q1, requantized(a1, b1, m0, m1, low, high));
        v128.store(q2, requantized(a2, b2, m0, m1, low, high));
        v128.store(q3, requantized(a3, b3, m0, m1, low, high));
      } else {
        put_unit(a0, b0, m, q0, count, result, low, high);
        put_unit(a1, b1, m, q1, count, result, low, high);
        put_unit(a2, b2, m, q2, count, result, low, high);
        put_unit(a3, b3, m, q3, count, result, low, high);
      }
    }
  }
}
