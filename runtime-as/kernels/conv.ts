import { clamp, clamp_x4, round_clamped, round_clamped_x4 } from '../requantize';
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

/**
 * From a pixel to the next, or from the end of a row to the next row: bytes of the input in the lower half, of the output in the
 * upper one. Neither is negative, so that one addition moves both; row and column by division cost 3 % of a small model.
 */
// @ts-ignore: decorator
@inline
function step_of(inputBytes: i32, outputBytes: i32): u64 {
  return (<u64>outputBytes << 32) | <u64>inputBytes;
}

/**
 * The same convolution for few outputs, one at a time: rows of 8 weights against 8 values of four pixels.
 * Packed: per output its bias i32 and 12 bytes of nothing, then i8 weights, each run padded to a multiple of 8 with zeros
 * (scalar: not padded). `run` counts the values of a run as packed.
 */
export function conv_rows(
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
  run: i32,
  outputs: i32,
  outRowBytes: i32,
  outPixelBytes: i32,
  result: i32,
  low: f32,
  high: f32,
): void {
  const runBytes = run << 1;
  const rowWeights = 16 + ((kernelH * kernelW * run + 15) & ~15);
  if (ASC_FEATURE_SIMD) {
    const step = step_of(pixelBytes, outPixelBytes);
    const turn = step_of(rowBytes - (columns - 1) * pixelBytes, outRowBytes - (columns - 1) * outPixelBytes);
    let here: u64 = 0;
    let column = 0;
    for (let left = rows * columns; left > 0; left -= 4) {
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
      let row = w;
      for (let o = 0; o < outputs; o++) {
        let s0 = i32x4.splat(0);
        let s1 = s0;
        let s2 = s0;
        let s3 = s0;
        let weights = row + 16;
        for (let tapRow = 0, rowOffset = 0; tapRow < kernelH; tapRow++, rowOffset += tapRowBytes) {
          for (let tap = 0, offset = rowOffset; tap < kernelW; tap++, offset += tapBytes) {
            let p0 = x0 + offset;
            let p1 = x1 + offset;
            let p2 = x2 + offset;
            let p3 = x3 + offset;
            for (const end = p0 + runBytes; p0 < end; p0 += 16) {
              const u = v128.load8x8_s(weights);
              s0 = i32x4.add(s0, i32x4.dot_i16x8_s(u, v128.load(p0)));
              s1 = i32x4.add(s1, i32x4.dot_i16x8_s(u, v128.load(p1)));
              s2 = i32x4.add(s2, i32x4.dot_i16x8_s(u, v128.load(p2)));
              s3 = i32x4.add(s3, i32x4.dot_i16x8_s(u, v128.load(p3)));
              p1 += 16;
              p2 += 16;
              p3 += 16;
              weights += 8;
            }
          }
        }
        // Lane i: the sum of pixel i.
        const t0 = i32x4.add(i32x4.shuffle(s0, s1, 0, 4, 1, 5), i32x4.shuffle(s0, s1, 2, 6, 3, 7));
        const t1 = i32x4.add(i32x4.shuffle(s2, s3, 0, 4, 1, 5), i32x4.shuffle(s2, s3, 2, 6, 3, 7));
        const sums = i32x4.add(i32x4.shuffle(t0, t1, 0, 1, 4, 5), i32x4.shuffle(t0, t1, 2, 3, 6, 7));
        const acc = i32x4.add(sums, v128.load32_splat(row));
        const real = f32x4.mul(f32x4.convert_i32x4_s(acc), v128.load32_splat(multiplier + (o << 2)));
        const place = out + (o << (result ? 2 : 1));
        const q0 = place + <usize>(i0 >> 32);
        const q1 = place + <usize>(i1 >> 32);
        const q2 = place + <usize>(i2 >> 32);
        const q3 = place + <usize>(i3 >> 32);
        if (result) {
          const values = result === 2 ? acc : clamp_x4(real, f32x4.splat(low), f32x4.splat(high));
          v128.store32_lane(q0, values, 0);
          v128.store32_lane(q1, values, 1);
          v128.store32_lane(q2, values, 2);
          v128.store32_lane(q3, values, 3);
        } else {
          const values = round_clamped_x4(real, f32x4.splat(low), f32x4.splat(high));
          v128.store16_lane(q0, values, 0);
          v128.store16_lane(q1, values, 2);
          v128.store16_lane(q2, values, 4);
          v128.store16_lane(q3, values, 6);
        }
        row += rowWeights;
      }
    }
  } else {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const from = x + r * rowBytes + c * pixelBytes;
        let place = out + r * outRowBytes + c * outPixelBytes;
        let row = w;
        for (let o = 0; o < outputs; o++) {
          let sum = load<i32>(row);
          let weights = row + 16;
          for (let tapRow = 0, rowOffset = 0; tapRow < kernelH; tapRow++, rowOffset += tapRowBytes) {
            for (let tap = 0, offset = rowOffset; tap < kernelW; tap++, offset += tapBytes) {
              for (let p = from + offset, end = p + runBytes; p < end; p += 2) {
                sum += <i32>load<i16>(p) * <i32>load<i8>(weights++);
              }
            }
          }
          const real = <f32>sum * load<f32>(multiplier + (o << 2));
          if (result === 2) {
            store<i32>(place, sum);
            place += 4;
          } else if (result === 1) {
            store<f32>(place, clamp(real, low, high));
            place += 4;
          } else {
            store<i16>(place, round_clamped(real, low, high));
            place += 2;
          }
          row += rowWeights;
        }
      }
    }
  }
}
