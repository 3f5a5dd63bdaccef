import { clamp, round_clamped } from '../requantize';
import { put_unit } from './put';

/**
 * Depthwise convolution: output channel c sees input channel c alone. Addresses as in conv_pairs.
 * Packed: per 8 channels their bias i32[8], then per tap 8 weights i8; zeros behind the last channel; each block is padded
 * to a multiple of 16 bytes. x is readable for 8 values from the last channel block of a pixel on.
 */
export function depthwise(
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
  channels: i32,
  outRowBytes: i32,
  outPixelBytes: i32,
  result: i32,
  low: f32,
  high: f32,
): void {
  const blockBytes = 32 + ((kernelH * kernelW * 8 + 15) & ~15);
  for (let channel = 0; channel < channels; channel += 8) {
    const m = multiplier + (channel << 2);
    for (let r = 0; r < rows; r++) {
      let from = x + r * rowBytes + (channel << 1);
      let to = out + r * outRowBytes + (channel << (result ? 2 : 1));
      for (let c = 0; c < columns; c++) {
        if (ASC_FEATURE_SIMD) {
          let a = v128.load(w);
          let b = v128.load(w, 16);
          let weights = w + 32;
          for (let tapRow = 0, row = from; tapRow < kernelH; tapRow++, row += tapRowBytes) {
            for (let tap = 0, p = row; tap < kernelW; tap++, p += tapBytes) {
              const u = v128.load8x8_s(weights);
              const v = v128.load(p);
              a = i32x4.add(a, i32x4.extmul_low_i16x8_s(u, v));
              b = i32x4.add(b, i32x4.extmul_high_i16x8_s(u, v));
              weights += 8;
            }
          }
          put_unit(a, b, m, to, channels - channel, result, low, high);
        } else {
          for (let lane = 0, count = min(8, channels - channel); lane < count; lane++) {
            let sum = load<i32>(w + (lane << 2));
            let weights = w + 32 + lane;
            for (let tapRow = 0, row = from + (lane << 1); tapRow < kernelH; tapRow++, row += tapRowBytes) {
              for (let tap = 0, p = row; tap < kernelW; tap++, p += tapBytes) {
                sum += <i32>load<i16>(p) * <i32>load<i8>(weights);
                weights += 8;
              }
            }
            const real = <f32>sum * load<f32>(m + (lane << 2));
            if (result === 2) store<i32>(to + (lane << 2), sum);
            else if (result === 1) store<f32>(to + (lane << 2), clamp(real, low, high));
            else store<i16>(to + (lane << 1), round_clamped(real, low, high));
          }
        }
        from += pixelBytes;
        to += outPixelBytes;
      }
    }
    w += blockBytes;
  }
}
