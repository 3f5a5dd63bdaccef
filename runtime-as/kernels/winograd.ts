import { put_unit, requantized } from './put';
import {
  gather_column,
  gather_column_strided,
  gather_row,
  gather_row_strided,
  spread,
  spread_strided,
  widen,
  widen_strided,
} from './winograd-axis';

/**
 * A 3 x 3 convolution of stride 1 or 2 with fewer multiplications, in exact integers: four tiles of 4 x 4 outputs at a time are
 * taken to `side`^2 places (side 6, stride 2: 9), multiplied there, and taken back (Lavin and Gray 2015,
 * https://arxiv.org/abs/1509.09308, section 4.1; the axes are said in winograd-axis.ts). That is a quarter of the multiplications
 * at stride 1, 9/16 at stride 2.
 *
 * Per axis the fractions of the transforms are multiples of 1/24 (1/6), so the places hold 576 acc (36 acc). All sums are modulo
 * 2^32: a product with the inverse of 9 leaves 64 acc (4 acc), which is right if |acc| < 2^25. |x| <= 327, so that what it
 * becomes fits i16. The sum of place (1, 1) enters all 16 outputs once: it begins with the bias.
 *
 * x: i16, halo included: stride * (4 * tiles - 1) + 3 pixels each way, of `channels` values; 14 bytes behind are readable.
 * w: as prepare_winograd leaves it. bias: i32, 576 (36) times that of each output. multiplier: f32; for result 0 its 64th (4th)
 * part: f32(64 acc) * (m / 64) is f32(acc) * m, bit for bit. Both are padded to units of 8. result, low, high: as in conv_pairs.
 * scratch: see scratchOfWinograd in compiler/kernels/winograd.ts. Output pixels beyond rows x columns are not written.
 */
export function winograd(
  x: usize,
  w: usize,
  bias: usize,
  multiplier: usize,
  out: usize,
  scratch: usize,
  stride: i32,
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
  const side = stride === 1 ? 6 : 9;
  const tiles = tileRows * tileColumns;
  const pairs = (channels + 1) >> 1;
  const tileBytes = ((channels + 7) & ~7) << 1;
  const pixelBytes = channels << 1;
  const rowBytes = (stride * ((tileColumns << 2) - 1) + 3) * pixelBytes;
  const outBytes = outputs << (result ? 2 : 1);
  const sums = scratch + side * 192;
  const inputs = sums + side * side * 128;
  for (let first = 0; first < tiles; first += 4) {
    for (let i = 0; i < 4; i++) {
      const tile = min(first + i, tiles - 1);
      const row = tile / tileColumns;
      const from = x + stride * ((row << 2) * rowBytes + ((tile - row * tileColumns) << 2) * pixelBytes);
      for (let c = 0; c < pixelBytes; c += 16) {
        transform_input(from + c, scratch, inputs + i * tileBytes + c, side, rowBytes, pixelBytes, tileBytes << 2);
      }
    }
    let unit = w;
    for (let o = 0; o < outputs; o += 8) {
      unit = multiply(inputs, unit, bias + (o << 2), sums, side, pairs, tileBytes);
      for (let i = 0, last = min(4, tiles - first); i < last; i++) {
        const row = (first + i) / tileColumns;
        const top = row << 2;
        const left = (first + i - row * tileColumns) << 2;
        gather_columns(sums + (i << 5), scratch, side);
        const place = out + (top * columns + left) * outBytes + (o << (result ? 2 : 1));
        put_tile(
          scratch, side, multiplier + (o << 2), place, min(4, rows - top), min(4, columns - left),
          columns * outBytes, outBytes, outputs - o, result, low, high,
        );
      }
    }
  }
}

/** 8 channels of side x side pixels to their places, `step` bytes apart. work: side^2 vectors. */
function transform_input(x: usize, work: usize, out: usize, side: i32, rowBytes: i32, pixelBytes: i32, step: i32): void {
  const line = side << 4;
  for (let column = 0; column < line; column += 16) {
    const d0 = v128.load(x);
    const d1 = v128.load(x + rowBytes);
    const d2 = v128.load(x + 2 * rowBytes);
    const d3 = v128.load(x + 3 * rowBytes);
    const d4 = v128.load(x + 4 * rowBytes);
    const d5 = v128.load(x + 5 * rowBytes);
    if (side === 6) {
      spread(d0, d1, d2, d3, d4, d5, work + column, 96);
    } else {
      const rest = x + 6 * rowBytes;
      spread_strided(
        d0, d1, d2, d3, d4, d5, v128.load(rest), v128.load(rest + rowBytes), v128.load(rest + 2 * rowBytes), work + column, 144,
      );
    }
    x += pixelBytes;
  }
  for (let row = 0; row < side; row++) {
    const d0 = v128.load(work);
    const d1 = v128.load(work, 16);
    const d2 = v128.load(work, 32);
    const d3 = v128.load(work, 48);
    const d4 = v128.load(work, 64);
    const d5 = v128.load(work, 80);
    if (side === 6) spread(d0, d1, d2, d3, d4, d5, out, step);
    else spread_strided(d0, d1, d2, d3, d4, d5, v128.load(work, 96), v128.load(work, 112), v128.load(work, 128), out, step);
    work += line;
    out += side * step;
  }
}

/**
 * For each place: the sums over all channels of 8 outputs of four tiles. Places from 5 on along an axis share their weights. Gives
 * where the next unit of weights begins.
 */
function multiply(x: usize, w: usize, bias: usize, out: usize, side: i32, pairs: i32, tileBytes: i32): usize {
  const placeBytes = pairs << 5;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let a0 = i32x4.splat(0);
      let b0 = a0;
      if (row === 1 && column === 1) {
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
      let p1 = p0 + tileBytes;
      let p2 = p1 + tileBytes;
      let p3 = p2 + tileBytes;
      for (const end = p0 + (pairs << 2); p0 < end; p0 += 4) {
        const u = v128.load(w);
        const v = v128.load(w, 16);
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
        w += 32;
      }
      v128.store(out, a0);
      v128.store(out, b0, 16);
      v128.store(out, a1, 32);
      v128.store(out, b1, 48);
      v128.store(out, a2, 64);
      v128.store(out, b2, 80);
      v128.store(out, a3, 96);
      v128.store(out, b3, 112);
      x += tileBytes << 2;
      out += 128;
      if (column > 4 && column < side - 1) w -= placeBytes;
    }
    if (row > 4 && row < side - 1) w -= 6 * placeBytes;
  }
  return w;
}

/** The rows of sums of one tile, 128 bytes from column to column, become 4: first and second four outputs in turn. */
function gather_columns(m: usize, out: usize, side: i32): void {
  for (const end = out + (side << 5); out < end; out += 32) {
    for (let half = 0; half < 32; half += 16) {
      if (side === 6) gather_column(m + half, out + half);
      else gather_column_strided(m + half, out + half);
    }
    m += 128;
  }
}

/** The columns of each row become 4; each pixel is divided by 9, requantized and written. */
function put_tile(
  m: usize,
  side: i32,
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
  const isWhole = result === 0 && count >= 8 && columns === 4;
  const shift = result === 0 ? 0 : side === 6 ? 6 : 2;
  for (; rows > 0; rows--) {
    if (side === 6) {
      gather_row(m, m);
      gather_row(m + 16, m + 16);
    } else {
      gather_row_strided(m, m);
      gather_row_strided(m + 16, m + 16);
    }
    if (isWhole) {
      const second = out + pixelBytes;
      const third = second + pixelBytes;
      v128.store(out, requantized(ninth(v128.load(m)), ninth(v128.load(m, 16)), m0, m1, low, high));
      v128.store(second, requantized(ninth(v128.load(m, 32)), ninth(v128.load(m, 48)), m0, m1, low, high));
      v128.store(third, requantized(ninth(v128.load(m, 64)), ninth(v128.load(m, 80)), m0, m1, low, high));
      v128.store(third + pixelBytes, requantized(ninth(v128.load(m, 96)), ninth(v128.load(m, 112)), m0, m1, low, high));
    } else {
      let place = out;
      for (let from = m, end = m + (columns << 5); from < end; from += 32) {
        const a = i32x4.shr_s(ninth(v128.load(from)), shift);
        const b = i32x4.shr_s(ninth(v128.load(from, 16)), shift);
        put_unit(a, b, multiplier, place, count, result, low, high);
        place += pixelBytes;
      }
    }
    m += side << 5;
    out += rowBytes;
  }
}

/** v / 9 modulo 2^32: 9 * 954437177 = 2^33 + 1. */
// @ts-ignore: decorator
@inline
function ninth(v: v128): v128 {
  return i32x4.mul(v, i32x4.splat(954437177));
}

/**
 * Weights at their 36 places, in 8 times the bytes.
 * w: per unit of 8 outputs and pair of channels 9 taps of 16 bytes: byte 2i+t belongs to output i and channel t.
 * out: per unit, place and pair two vectors of i16 in the same order. work: 18 vectors.
 */
export function prepare_winograd(w: usize, out: usize, work: usize, stride: i32, units: i32, pairs: i32): void {
  if (!ASC_FEATURE_SIMD) return;
  const step = pairs << 5;
  for (let unit = 0; unit < units; unit++) {
    for (let pair = 0; pair < pairs; pair++) {
      for (let half = 0; half < 16; half += 8) {
        for (let column = 0; column < 48; column += 16) {
          const from = w + half + column;
          const taps = work + column;
          const w0 = v128.load8x8_s(from);
          const w1 = v128.load8x8_s(from, 48);
          const w2 = v128.load8x8_s(from, 96);
          if (stride === 1) widen(w0, w1, w2, taps, 48);
          else widen_strided(w0, w1, w2, taps, 48);
        }
        let to = out + (pair << 5) + (half << 1);
        for (let row = work, end = work + 288; row < end; row += 48) {
          const w0 = v128.load(row);
          const w1 = v128.load(row, 16);
          const w2 = v128.load(row, 32);
          if (stride === 1) widen(w0, w1, w2, to, step);
          else widen_strided(w0, w1, w2, to, step);
          to += 6 * step;
        }
      }
      w += 144;
    }
    out += 36 * step;
  }
}
