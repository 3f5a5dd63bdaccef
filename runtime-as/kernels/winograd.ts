import { put_unit, requantized } from './put';

/**
 * A 3 x 3 convolution of stride 1 with a quarter of the multiplications, in exact integers: Winograd's F(4 x 4, 3 x 3)
 * (Lavin and Gray 2015, https://arxiv.org/abs/1509.09308, section 4.1), four tiles of 4 x 4 outputs at a time.
 *
 * Its fractions are multiples of 1/24 per axis, so the weights are transformed with 24 G, and the results are 576 acc. All sums
 * are modulo 2^32: a product with the inverse of 9 leaves 64 acc, which is right if |acc| < 2^25. The input grows by 10 per
 * axis: |x| <= 327. The last row of 24 G is halved, so that |w| <= 12 * 12 * 127 fits i16; the last column of A is doubled for
 * it. The sum of place (1, 1) enters all 16 outputs once: it begins with the bias.
 *
 * x: i16, halo included: (4 tileRows + 2) x (4 tileColumns + 2) pixels, each of `channels` values; 14 bytes behind are readable.
 * w: as prepare_winograd leaves it. bias: i32, 576 times that of each output. multiplier: f32; for result 0 its 64th part:
 * f32(64 acc) * (m / 64) is f32(acc) * m, bit for bit. Both are padded to units of 8. result, low, high: as in conv_pairs.
 * scratch: see scratchOfWinograd in compiler/kernels/winograd.ts. Output pixels beyond rows x columns are not written.
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
  const pairs = (channels + 1) >> 1;
  const tileBytes = ((channels + 7) & ~7) << 1;
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
        transform_input(from + c, scratch, inputs + i * tileBytes + c, rowBytes, pixelBytes, tileBytes << 2);
      }
    }
    let unit = w;
    for (let o = 0; o < outputs; o += 8) {
      unit = multiply(inputs, unit, bias + (o << 2), sums, pairs, tileBytes);
      for (let i = 0, last = min(4, tiles - first); i < last; i++) {
        const row = (first + i) / tileColumns;
        const top = row << 2;
        const left = (first + i - row * tileColumns) << 2;
        gather_columns(sums + (i << 5), scratch);
        const place = out + (top * columns + left) * outBytes + (o << (result ? 2 : 1));
        put_tile(
          scratch, multiplier + (o << 2), place, min(4, rows - top), min(4, columns - left),
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
function multiply(x: usize, unit: usize, bias: usize, out: usize, pairs: i32, tileBytes: i32): usize {
  const biased = out + 7 * 128;
  for (const end = out + 36 * 128; out < end; out += 128) {
    let a0 = i32x4.splat(0);
    let b0 = a0;
    if (out === biased) {
      a0 = v128.load(bias);
      b0 = v128.load(bias, 16);
    }
    let a1 = a0;
    let b1 = b0;
    let a2 = a0;
    let b2 = b0;
    let a3 = a0;
    let b3 = b0;
    let p0 = x;
    let p1 = x + tileBytes;
    let p2 = p1 + tileBytes;
    let p3 = p2 + tileBytes;
    for (const stop = p0 + (pairs << 2); p0 < stop; p0 += 4) {
      const u = v128.load(unit);
      const v = v128.load(unit, 16);
      const x0 = v128.load32_splat(p0);
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
    x += tileBytes << 2;
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

/** (A^T m) A of each row, divided by 9, requantized and written. */
function put_tile(
  m: usize,
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
  const m0 = v128.load(multiplier);
  const m1 = v128.load(multiplier, 16);
  for (; rows > 0; rows--) {
    const a1 = v128.load(m, 32);
    const a2 = v128.load(m, 64);
    const a3 = v128.load(m, 96);
    const a4 = v128.load(m, 128);
    const b1 = v128.load(m, 48);
    const b2 = v128.load(m, 80);
    const b3 = v128.load(m, 112);
    const b4 = v128.load(m, 144);
    const sa = i32x4.add(a1, a2);
    const da = i32x4.sub(a1, a2);
    const ta = i32x4.add(a3, a4);
    const ea = i32x4.sub(a3, a4);
    const sb = i32x4.add(b1, b2);
    const db = i32x4.sub(b1, b2);
    const tb = i32x4.add(b3, b4);
    const eb = i32x4.sub(b3, b4);
    const fa = i32x4.shl(v128.load(m, 160), 1);
    const fb = i32x4.shl(v128.load(m, 176), 1);
    put_pixel(i32x4.add(i32x4.add(v128.load(m), sa), ta), i32x4.add(i32x4.add(v128.load(m, 16), sb), tb), 0, m0, m1, multiplier, out, pixelBytes, columns, count, result, low, high);
    put_pixel(i32x4.add(da, i32x4.shl(ea, 1)), i32x4.add(db, i32x4.shl(eb, 1)), 1, m0, m1, multiplier, out, pixelBytes, columns, count, result, low, high);
    put_pixel(i32x4.add(sa, i32x4.shl(ta, 2)), i32x4.add(sb, i32x4.shl(tb, 2)), 2, m0, m1, multiplier, out, pixelBytes, columns, count, result, low, high);
    put_pixel(i32x4.add(i32x4.add(da, i32x4.shl(ea, 3)), fa), i32x4.add(i32x4.add(db, i32x4.shl(eb, 3)), fb), 3, m0, m1, multiplier, out, pixelBytes, columns, count, result, low, high);
    m += 192;
    out += rowBytes;
  }
}

/** One pixel of a row of four: 576 acc of 8 outputs. 9 * 954437177 = 1 mod 2^32. */
// @ts-ignore: decorator
@inline
function put_pixel(
  a: v128,
  b: v128,
  column: i32,
  m0: v128,
  m1: v128,
  multiplier: usize,
  out: usize,
  pixelBytes: i32,
  columns: i32,
  count: i32,
  result: i32,
  low: f32,
  high: f32,
): void {
  if (column >= columns) return;
  const place = out + column * pixelBytes;
  const first = i32x4.mul(a, i32x4.splat(954437177));
  const second = i32x4.mul(b, i32x4.splat(954437177));
  if (result === 0 && count >= 8) v128.store(place, requantized(first, second, m0, m1, low, high));
  else if (result === 0) put_unit(first, second, multiplier, place, count, result, low, high);
  else put_unit(i32x4.shr_s(first, 6), i32x4.shr_s(second, 6), multiplier, place, count, result, low, high);
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
