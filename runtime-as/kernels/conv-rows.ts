import { clamp, clamp_x4, round_clamped, round_clamped_x4 } from '../requantize';
import { step_of } from './pixels';

/**
 * The convolution of conv_pairs for few outputs, one at a time: rows of 8 weights against 8 values of four pixels.
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
