import { put_unit, requantized } from './put';

/**
 * A 3 x 3 convolution of stride 1 with a quarter of the multiplications, in exact integers: Winograd's F(4 x 4, 3 x 3)
 * (Lavin and Gray 2015, https://arxiv.org/abs/1509.09308, section 4.1), four tiles of 4 x 4 outputs at a time.
 *
 * Its fractions are multiples of 1/24 per axis, so the weights are transformed with 24 G, and the results are 576 acc. All sums
 * are modulo 2^32: a product with the inverse of 9 leaves 64 acc, a shift the sum itself, if |acc| < 2^25 without its bias. The
 * input grows by 10 per axis: |x| <= 327. The last row of 24 G is halved, so that |w| <= 12 * 12 * 127 fits i16; the last
 * column of A is doubled for it.
 *
 * x: i16, halo included: (4 tileRows + 2) x (4 tileColumns + 2) pixels, each of `channels` values; rowBytes apart.
 * w: as prepare_winograd leaves it; bias: i32 of each output, f32 multipliers: both padded to units of 8.
 * scratch: see winogradScratch in compiler/kernels/winograd.ts. Output pixels beyond rows x columns are not written.
 */
export function winograd(
  x: usize,
  w: usize,
  bias: usize,
  multiplier: usize,
  out: usize,
  scratch: usize,
  rows: i32,
  columns: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  outputs: i32,
  result: i32,
  low: f32,
  high: f32,
): void {
  if (!ASC_FEATURE_SIMD) return;
  const tiles = tileRows * tileColumns;
  const padded = (channels + 7) & ~7;
  const pixelBytes = channels << 1;
  const rowBytes = ((tileColumns << 2) + 2) * pixelBytes;
  const outBytes = outputs << (result ? 2 : 1);
  const sums = scratch + 768;
  const inputs = sums + 36 * 128;
  for (let first = 0; first < tiles; first += 4) {
    for (let i = 0; i < 4; i++) {
      const tile = min(first + i, tiles - 1);
      const row = tile / tileColumns;
      const from = x + (row << 2) * rowBytes + ((tile - row * tileColumns) << 2) * pixelBytes;
      for (let c = 0; c < pixelBytes; c += 16) {
        transform_input(from + c, scratch, inputs + i * (padded << 1) + c, rowBytes, pixelBytes, padded << 3);
      }
    }
    let unit = w;
    for (let o = 0; o < outputs; o += 8) {
      unit = multiply(inputs, unit, sums, padded);
      for (let i = 0, last = min(4, tiles - first); i < last; i++) {
        const row = (first + i) / tileColumns;
        const top = row << 2;
        const left = (first + i - row * tileColumns) << 2;
        gather_columns(sums + (i << 5), scratch);
        const place = out + (top * columns + left) * outBytes + (o << (result ? 2 : 1));
        put_tile(
          scratch, bias + (o << 2), multiplier + (o << 2), place, min(4, rows - top), min(4, columns - left),
          columns * outBytes, outBytes, outputs - o, result, low, high,
        );
      }
    }
  }
}

/** B^T d B of 8 channels of 6 x 6 pixels. step: bytes between the 36 results; work: 36 vectors. */
function transform_input(x: usize, work: usize, out: usize, rowBytes: i32, pixelBytes: i32, step: i32): void {
  for (let column = 0; column < 6; column++) {
    const to = work + (column << 4);
    const d0 = v128.load(x);
    const d1 = v128.load(x + rowBytes);
    const d2 = v128.load(x + 2 * rowBytes);
    const d3 = v128.load(x + 3 * rowBytes);
    const d4 = v128.load(x + 4 * rowBytes);
    const d5 = v128.load(x + 5 * rowBytes);
    spread(d0, d1, d2, d3, d4, d5, to, 96);
    x += pixelBytes;
  }
  for (let row = 0; row < 6; row++) {
    spread(
      v128.load(work), v128.load(work, 16), v128.load(work, 32), v128.load(work, 48), v128.load(work, 64), v128.load(work, 80),
      out, step,
    );
    work += 96;
    out += 6 * step;
  }
}

/** B^T d along one axis. */
// @ts-ignore: decorator
@inline
function spread(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: i32): void {
  const even = i16x8.sub(d4, i16x8.shl(d2, 2));
  const odd = i16x8.sub(d3, i16x8.shl(d1, 2));
  const near = i16x8.sub(d4, d2);
  const far = i16x8.shl(i16x8.sub(d3, d1), 1);
  v128.store(out, i16x8.add(i16x8.shl(i16x8.sub(d0, d2), 2), near));
  v128.store(out + step, i16x8.add(even, odd));
  v128.store(out + 2 * step, i16x8.sub(even, odd));
  v128.store(out + 3 * step, i16x8.add(near, far));
  v128.store(out + 4 * step, i16x8.sub(near, far));
  v128.store(out + 5 * step, i16x8.sub(i16x8.sub(d5, d3), i16x8.shl(far, 1)));
}

/** For each of the 36 places: the sums over all channels of 8 outputs of four tiles. Gives where the next unit of weights begins. */
function multiply(x: usize, unit: usize, out: usize, channels: i32): usize {
  const tileBytes = channels << 1;
  for (const end = out + 36 * 128; out < end; out += 128) {
    let a0 = i32x4.splat(0);
    let b0 = a0;
    let a1 = a0;
    let b1 = a0;
    let a2 = a0;
    let b2 = a0;
    let a3 = a0;
    let b3 = a0;
    let p1 = x + tileBytes;
    let p2 = p1 + tileBytes;
    let p3 = p2 + tileBytes;
    for (const stop = p1; x < stop; x += 4) {
      const u = v128.load(unit);
      const v = v128.load(unit, 16);
      const x0 = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(u, x0));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v, x0));
      const x1 = v128.load32_splat(p1);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(u, x1));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v, x1));
      const x2 = v128.load32_splat(p2);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(u, x2));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(v, x2));
      const x3 = v128.load32_splat(p3);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(u, x3));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(v, x3));
      p1 += 4;
      p2 += 4;
      p3 += 4;
      unit += 32;
    }
    x = p3;
    v128.store(out, a0);
    v128.store(out, b0, 16);
    v128.store(out, a1, 32);
    v128.store(out, b1, 48);
    v128.store(out, a2, 64);
    v128.store(out, b2, 80);
    v128.store(out, a3, 96);
    v128.store(out, b3, 112);
  }
  return unit;
}

/** A^T m: the 6 rows of sums of a tile, 768 bytes apart, become 4; 12 vectors each, first and second four outputs in turn. */
function gather_columns(m: usize, out: usize): void {
  for (let column = 0; column < 6; column++) {
    for (let half = 0; half < 32; half += 16) {
      const m1 = v128.load(m + half, 768);
      const m2 = v128.load(m + half, 1536);
      const m3 = v128.load(m + half, 2304);
      const m4 = v128.load(m + half, 3072);
      const to = out + half;
      const s = i32x4.add(m1, m2);
      const d = i32x4.sub(m1, m2);
      const s2 = i32x4.add(m3, m4);
      const d2 = i32x4.sub(m3, m4);
      v128.store(to, i32x4.add(i32x4.add(v128.load(m + half), s), s2));
      v128.store(to, i32x4.add(d, i32x4.shl(d2, 1)), 192);
      v128.store(to, i32x4.add(s, i32x4.shl(s2, 2)), 384);
      v128.store(to, i32x4.add(i32x4.add(d, i32x4.shl(d2, 3)), i32x4.shl(v128.load(m + half, 3840), 1)), 576);
    }
    m += 128;
    out += 32;
  }
}

/** (A^T m) A of each row, divided by 576, requantized and written. */
function put_tile(
  m: usize,
  bias: usize,
  multiplier: usize,
  out: usize,
  rows: i32,
  columns: i32,
  rowBytes: i32,
  pixelBytes: i32,
  count: i32,
  result: i32,
  low: f32,
  high: f32,
): void {
  const fast = result === 0 && count >= 8 && columns === 4;
  for (; rows > 0; rows--) {
    gather_row(m, bias);
    gather_row(m + 16, bias + 16);
    if (fast) {
      const m0 = v128.load(multiplier);
      const m1 = v128.load(multiplier, 16);
      v128.store(out, requantized(v128.load(m), v128.load(m, 16), m0, m1, low, high));
      v128.store(out + pixelBytes, requantized(v128.load(m, 32), v128.load(m, 48), m0, m1, low, high));
      v128.store(out + 2 * pixelBytes, requantized(v128.load(m, 64), v128.load(m, 80), m0, m1, low, high));
      v128.store(out + 3 * pixelBytes, requantized(v128.load(m, 96), v128.load(m, 112), m0, m1, low, high));
    } else {
      for (let column = 0; column < columns; column++) {
        const from = m + (column << 5);
        put_unit(v128.load(from), v128.load(from, 16), multiplier, out + column * pixelBytes, count, result, low, high);
      }
    }
    m += 192;
    out += rowBytes;
  }
}

/** 4 sums of 4 outputs in place of 6, 32 bytes apart. */
function gather_row(m: usize, bias: usize): void {
  const start = v128.load(bias);
  const m1 = v128.load(m, 32);
  const m2 = v128.load(m, 64);
  const m3 = v128.load(m, 96);
  const m4 = v128.load(m, 128);
  const s = i32x4.add(m1, m2);
  const d = i32x4.sub(m1, m2);
  const s2 = i32x4.add(m3, m4);
  const d2 = i32x4.sub(m3, m4);
  const last = i32x4.shl(v128.load(m, 160), 1);
  v128.store(m, divided(i32x4.add(i32x4.add(v128.load(m), s), s2), start));
  v128.store(m, divided(i32x4.add(d, i32x4.shl(d2, 1)), start), 32);
  v128.store(m, divided(i32x4.add(s, i32x4.shl(s2, 2)), start), 64);
  v128.store(m, divided(i32x4.add(i32x4.add(d, i32x4.shl(d2, 3)), last), start), 96);
}

/** v / 576 + bias; 9 * 954437177 = 1 mod 2^32. */
// @ts-ignore: decorator
@inline
function divided(v: v128, bias: v128): v128 {
  return i32x4.add(i32x4.shr_s(i32x4.mul(v, i32x4.splat(954437177)), 6), bias);
}

/**
 * 24 G w 24 G^T, the last row and column halved, into memory of 36 / 9 * 2 times the bytes.
 * w: per unit of 8 outputs and pair of channels 9 taps of 16 bytes: byte 2i+t belongs to output i and channel t.
 * out: per unit, place (36) and pair two vectors of i16 in the same order.
 */
export function prepare_winograd(w: usize, out: usize, work: usize, units: i32, pairs: i32): void {
  if (!ASC_FEATURE_SIMD) return;
  for (let unit = 0; unit < units; unit++) {
    for (let pair = 0; pair < pairs; pair++) {
      for (let half = 0; half < 16; half += 8) {
        for (let column = 0; column < 3; column++) {
          const from = w + half + (column << 4);
          widen(v128.load8x8_s(from), v128.load8x8_s(from, 48), v128.load8x8_s(from, 96), work + (column << 4), 48);
        }
        let to = out + (pair << 5) + (half << 1);
        for (let row = work, end = work + 288; row < end; row += 48) {
          widen(v128.load(row), v128.load(row, 16), v128.load(row, 32), to, pairs << 5);
          to += 6 * (pairs << 5);
        }
      }
      w += 144;
    }
    out += 36 * (pairs << 5);
  }
}

/** 24 G w along one axis, the last row halved. */
// @ts-ignore: decorator
@inline
function widen(w0: v128, w1: v128, w2: v128, out: usize, step: i32): void {
  const outer = i16x8.shl(i16x8.add(w0, w2), 2);
  const middle = i16x8.shl(w1, 2);
  const far = i16x8.add(w0, i16x8.shl(w2, 2));
  const double = i16x8.shl(w1, 1);
  v128.store(out, i16x8.mul(w0, i16x8.splat(6)));
  v128.store(out + step, i16x8.neg(i16x8.add(outer, middle)));
  v128.store(out + 2 * step, i16x8.sub(middle, outer));
  v128.store(out + 3 * step, i16x8.add(far, double));
  v128.store(out + 4 * step, i16x8.sub(far, double));
  v128.store(out + 5 * step, i16x8.mul(w2, i16x8.splat(12)));
}
