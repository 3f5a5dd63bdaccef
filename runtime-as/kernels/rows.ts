// Kernels over rows of n values: what they fold is exact in integers, or in f64 in one order, so that every host agrees.
import { divide_by_power, high_product, round_clamped } from '../requantize';

/**
 * out[r] = round-half-even(clamp(f32(fold of row r * multiplier), low, high)). x: i16[rows][n], out: i16[rows].
 * fn: 0 sum (and mean, by its multiplier), 1 max, 2 min, 3 sum of magnitudes, 4 root of the sum of squares, 5 sum of squares.
 */
export function reduce_rows(x: usize, out: usize, rows: i32, n: i32, fn: i32, multiplier: f64, low: f32, high: f32): void {
  for (let row = 0; row < rows; row++) {
    let sum: i64 = fn === 1 ? -32768 : fn === 2 ? 32767 : 0;
    for (const end = x + (n << 1); x < end; x += 2) {
      const v = <i64>load<i16>(x);
      if (fn === 0) sum += v;
      else if (fn === 1) sum = v > sum ? v : sum;
      else if (fn === 2) sum = v < sum ? v : sum;
      else if (fn === 3) sum += v < 0 ? -v : v;
      else sum += v * v;
    }
    const folded = fn === 4 ? sqrt<f64>(<f64>sum) : <f64>sum;
    store<i16>(out, round_clamped(<f32>(folded * multiplier), low, high));
    out += 2;
  }
}

/**
 * out = round-half-even(clamp(f32(f32(x * factor) + offset), low, high)) with factor = ratio / sqrt(variance + epsilon) and
 * offset = -mean * factor of the row, in f64 until then. x, out: i16[rows][n]; epsilon in units of x squared; ratio: units of
 * the result per unit of x. Without `center` the mean counts as 0.
 */
export function normalize_rows(
  x: usize,
  out: usize,
  rows: i32,
  n: i32,
  center: i32,
  epsilon: f64,
  ratio: f64,
  low: f32,
  high: f32,
): void {
  for (let row = 0; row < rows; row++) {
    let sum: i64 = 0;
    let squares: i64 = 0;
    const end = x + (n << 1);
    for (let p = x; p < end; p += 2) {
      const v = <i64>load<i16>(p);
      sum += v;
      squares += v * v;
    }
    if (!center) sum = 0;
    const count = <f64>n;
    const variance = (count * <f64>squares - <f64>sum * <f64>sum) / (count * count);
    const exact = ratio / sqrt<f64>(variance + epsilon);
    const factor = <f32>exact;
    const offset = <f32>(-(<f64>sum / count) * exact);
    for (; x < end; x += 2) {
      const scaled: f32 = <f32>load<i16>(x) * factor;
      store<i16>(out, round_clamped(scaled + offset, low, high));
      out += 2;
    }
  }
}

/**
 * out = round-half-even(clamp(f32(e / sum of e) * inverseScale, low, high)) with e = table[greatest of the row - x].
 * x, out: i16[rows][n]; table: f32, exp(-d * scale) for each difference d that the quantization of x allows.
 */
export function softmax_rows(
  x: usize,
  out: usize,
  table: usize,
  rows: i32,
  n: i32,
  inverseScale: f32,
  low: f32,
  high: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const end = x + (n << 1);
    let peak = -32768;
    for (let p = x; p < end; p += 2) peak = max(peak, <i32>load<i16>(p));
    let sum: f32 = 0;
    for (let p = x; p < end; p += 2) sum += load<f32>(table + ((peak - <i32>load<i16>(p)) << 2));
    for (; x < end; x += 2) {
      const share: f32 = load<f32>(table + ((peak - <i32>load<i16>(x)) << 2)) / sum;
      store<i16>(out, round_clamped(share * inverseScale, low, high));
      out += 2;
    }
  }
}

/**
 * The softmax of int8 TensorFlow Lite: out = e / sum of e in units of 1/256, in gemmlowp's fixed point, with
 * e = exps[greatest of the row - x] in units of 2^-31. x, out: i16[rows][n]; exps: i32.
 */
export function softmax_fixed(x: usize, out: usize, exps: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    const end = x + (n << 1);
    let peak = -32768;
    for (let p = x; p < end; p += 2) peak = max(peak, <i32>load<i16>(p));
    let sum = 0;
    for (let p = x; p < end; p += 2) {
      // To 12 integer bits.
      const e = load<i32>(exps + ((peak - <i32>load<i16>(p)) << 2));
      sum += divide_by_power(e, 12);
    }
    const headroom = clz(sum);
    const scale = reciprocal(<i32>((<u32>sum << headroom) - (<u32>1 << 31)));
    for (; x < end; x += 2) {
      const e = load<i32>(exps + ((peak - <i32>load<i16>(x)) << 2));
      const q = divide_by_power(high_product(scale, e), 12 - headroom + 31 - 8);
      store<i16>(out, min(max(q, 0), 255));
      out += 2;
    }
  }
}

/** 1 / (1 + a) for a in [0, 1), all in units of 2^-31: three steps of Newton's method from 48/17 - 32/17 * (1 + a) / 2. */
function reciprocal(a: i32): i32 {
  const half = <i32>((<i64>a + <i64>i32.MAX_VALUE + 1) / 2);
  let x = 1515870810 + high_product(half, -1010580540);
  for (let i = 0; i < 3; i++) {
    const rest = (1 << 29) - high_product(half, x);
    x += saturated(<i64>high_product(x, rest) << 2);
  }
  return saturated(<i64>x << 1);
}

function saturated(x: i64): i32 {
  return x > <i64>i32.MAX_VALUE ? i32.MAX_VALUE : x < <i64>i32.MIN_VALUE ? i32.MIN_VALUE : <i32>x;
}

/**
 * out[o][j][r] = round-half-even(clamp(sum over t of weights[j][t] * x[o][indices[j][t]][r], low, high)), summed in f32 in the
 * order of t. x: i16[outer][extent][run], out: i16[outer][count][run]; indices: i32, weights: f32[count][taps].
 */
export function resample(
  x: usize,
  out: usize,
  indices: usize,
  weights: usize,
  outer: i32,
  extent: i32,
  count: i32,
  taps: i32,
  run: i32,
  low: f32,
  high: f32,
): void {
  const tableBytes = taps << 2;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const at = j * tableBytes;
      for (let r = 0; r < run; r++) {
        let sum: f32 = 0;
        for (let t = 0; t < tableBytes; t += 4) {
          const index = load<i32>(indices + at + t) * run + r;
          sum += load<f32>(weights + at + t) * <f32>load<i16>(x + (index << 1));
        }
        store<i16>(out, round_clamped(sum, low, high));
        out += 2;
      }
    }
    x += (extent * run) << 1;
  }
}
