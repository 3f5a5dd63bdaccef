/**
 * Copies [rows x width] values into a larger box and fills the rest with zeros: what a convolution reads around its input.
 * x: i16[rows][width]; out: i16[outRows][outWidth], x begins at row `top`, value `left`. A box that ends before x does cuts
 * it off.
 */
export function halo_i16(
  x: usize,
  out: usize,
  rows: i32,
  width: i32,
  outRows: i32,
  outWidth: i32,
  top: i32,
  left: i32,
): void {
  const taken = min(width, outWidth - left);
  for (let row = 0; row < outRows; row++) {
    const inside = row >= top && row < top + rows;
    const end = out + (outWidth << 1);
    if (!inside) {
      zero_i16(out, end);
    } else {
      const from = out + (left << 1);
      zero_i16(out, from);
      copy_i16(x, from, from + (taken << 1));
      zero_i16(from + (taken << 1), end);
      x += width << 1;
    }
    out = end;
  }
}

/** out: i16 from `out` to `end`. */
export function zero_i16(out: usize, end: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (; out + 16 <= end; out += 16) v128.store(out, i16x8.splat(0));
  }
  for (; out < end; out += 2) store<i16>(out, 0);
}

/** Copies x to out as far as `end`. By 64 bytes: memory.copy is slower on rows as short as an image has. */
export function copy_i16(x: usize, out: usize, end: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (; out + 64 <= end; out += 64) {
      const a = v128.load(x);
      const b = v128.load(x, 16);
      const c = v128.load(x, 32);
      const d = v128.load(x, 48);
      v128.store(out, a);
      v128.store(out, b, 16);
      v128.store(out, c, 32);
      v128.store(out, d, 48);
      x += 64;
    }
    for (; out + 16 <= end; out += 16) {
      v128.store(out, v128.load(x));
      x += 16;
    }
  }
  for (; out < end; out += 2) {
    store<i16>(out, load<i16>(x));
    x += 2;
  }
}
