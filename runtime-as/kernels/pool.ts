import { round_clamped, round_clamped_x4 } from '../requantize';
import { put_lanes } from './put';

const LIMIT: f32 = 32767.0;

/**
 * The greatest (average: the mean) value under a window, per channel. x: i16[height][width][channels],
 * out: i16[outHeight][outWidth][channels]. The window of an output begins at output * stride - pad; taps outside of the
 * image are passed over, and a mean counts those of them that lie before countedHeight and countedWidth. A mean is rounded to
 * even, with `away` that of x + zeroPoint half away from zero.
 * x is readable for 8 values from the last channel block of a pixel on.
 */
export function pool_i16(
  x: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  kernelH: i32,
  kernelW: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
  average: i32,
  counts: i32,
  countedHeight: i32,
  countedWidth: i32,
  away: i32,
  zeroPoint: i32,
): void {
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      const y0 = row * strideH - top;
      const x0 = column * strideW - left;
      let count = 0;
      if (average) {
        for (let ky = 0; ky < kernelH; ky++) {
          const y = y0 + ky * dilationH;
          for (let kx = 0; kx < kernelW; kx++) {
            const at = x0 + kx * dilationW;
            const inside = y >= 0 && y < height && at >= 0 && at < width;
            count += i32(inside || (counts && y < countedHeight && at < countedWidth));
          }
        }
      }
      for (let channel = 0; channel < channels; channel += 8) {
        const lanes = min(8, channels - channel);
        if (ASC_FEATURE_SIMD) {
          let peak = i16x8.splat(-32768);
          let a = i32x4.splat(0);
          let b = i32x4.splat(0);
          for (let ky = 0; ky < kernelH; ky++) {
            const y = y0 + ky * dilationH;
            if (y < 0 || y >= height) continue;
            for (let kx = 0; kx < kernelW; kx++) {
              const at = x0 + kx * dilationW;
              if (at < 0 || at >= width) continue;
              const v = v128.load(x + (((y * width + at) * channels + channel) << 1));
              if (average) {
                a = i32x4.add(a, i32x4.extend_low_i16x8_s(v));
                b = i32x4.add(b, i32x4.extend_high_i16x8_s(v));
              } else {
                peak = i16x8.max_s(peak, v);
              }
            }
          }
          if (average && away) {
            const q = i32x4.splat(zeroPoint);
            peak = i16x8.narrow_i32x4_s(
              i32x4.sub(away_x4(i32x4.add(a, i32x4.splat(count * zeroPoint)), count), q),
              i32x4.sub(away_x4(i32x4.add(b, i32x4.splat(count * zeroPoint)), count), q),
            );
          } else if (average) {
            const n = f32x4.splat(<f32>count);
            const lows = f32x4.splat(-LIMIT);
            const highs = f32x4.splat(LIMIT);
            peak = i16x8.narrow_i32x4_s(
              round_clamped_x4(f32x4.div(f32x4.convert_i32x4_s(a), n), lows, highs),
              round_clamped_x4(f32x4.div(f32x4.convert_i32x4_s(b), n), lows, highs),
            );
          }
          put_lanes(peak, out, lanes, 1);
          out += lanes << 1;
        } else {
          for (let lane = 0; lane < lanes; lane++) {
            let peak = -32768;
            let sum = 0;
            for (let ky = 0; ky < kernelH; ky++) {
              const y = y0 + ky * dilationH;
              if (y < 0 || y >= height) continue;
              for (let kx = 0; kx < kernelW; kx++) {
                const at = x0 + kx * dilationW;
                if (at < 0 || at >= width) continue;
                const v = <i32>load<i16>(x + (((y * width + at) * channels + channel + lane) << 1));
                sum += v;
                peak = max(peak, v);
              }
            }
            if (average && away) peak = divide_away(sum + count * zeroPoint, count) - zeroPoint;
            else if (average) peak = round_clamped(<f32>sum / <f32>count, -LIMIT, LIMIT);
            store<i16>(out, peak);
            out += 2;
          }
        }
      }
    }
  }
}

/** sum / n, half away from zero. */
function divide_away(sum: i32, n: i32): i32 {
  return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n;
}

function away_x4(sums: v128, n: i32): v128 {
  let result = i32x4.splat(divide_away(i32x4.extract_lane(sums, 0), n));
  result = i32x4.replace_lane(result, 1, divide_away(i32x4.extract_lane(sums, 1), n));
  result = i32x4.replace_lane(result, 2, divide_away(i32x4.extract_lane(sums, 2), n));
  return i32x4.replace_lane(result, 3, divide_away(i32x4.extract_lane(sums, 3), n));
}
