import { sum_f32 } from '../sum';

/** Pixels of a window each way, less one. */
const WHOLE: i32 = 6;
const PER_PIXEL: f32 = 1.0 / 49.0;
const PER_FREEDOM: f32 = 1.0 / 48.0;

/**
 * 1 - mean structural similarity over all windows of 7 x 7 values. errors receives 1 - that of the window around a value, times values /
 * windows, so that their mean is the score; what lies within 3 of the border is left as it is (zero).
 * x, y: f32[planes x height x row], n in all; step: from a value to its right neighbour; fitted: f32[least value, C1, C2];
 * scratch: f32[5 x (row up to a multiple of 4)], the sums of columns.
 */
export function ssim(
  x: usize, y: usize, errors: usize, n: i32, fitted: usize, planes: i32, height: i32, row: i32, step: i32, scratch: usize,
): f32 {
  const bytes = <usize>row << 2;
  const columns = row - WHOLE * step;
  const rows = height - WHOLE;
  const scale: f32 = <f32>n / <f32>(planes * rows * columns);
  let out = errors + 3 * (bytes + (step << 2));
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < rows; i++) {
      column_sums(x, y, row, load<f32>(fitted), scratch);
      similarities(scratch, out, row, columns, step, fitted, scale);
      x += bytes;
      y += bytes;
      out += bytes;
    }
    x += WHOLE * bytes;
    y += WHOLE * bytes;
    out += WHOLE * bytes;
  }
  return sum_f32(errors, n) / <f32>n;
}

/** Sums down seven rows: of x', y', x - y, (x - y)^2, x'^2 + y'^2, where x' = x - least. */
function column_sums(x: usize, y: usize, row: i32, least: f32, out: usize): void {
  const bytes = <usize>row << 2;
  const part = <usize>((row + 3) & ~3) << 2;
  const end = x + bytes;
  if (ASC_FEATURE_SIMD) {
    const from = f32x4.splat(least);
    for (const whole = x + ((<usize>row & ~3) << 2); x < whole; x += 16) {
      let sx = f32x4.splat(0);
      let sy = f32x4.splat(0);
      let sd = f32x4.splat(0);
      let sdd = f32x4.splat(0);
      let sqq = f32x4.splat(0);
      let to = y;
      for (let at = x, last = x + WHOLE * bytes; at <= last; at += bytes) {
        const a = v128.load(at);
        const b = v128.load(to);
        const d = f32x4.sub(a, b);
        const u = f32x4.sub(a, from);
        const v = f32x4.sub(b, from);
        sx = f32x4.add(sx, u);
        sy = f32x4.add(sy, v);
        sd = f32x4.add(sd, d);
        sdd = f32x4.add(sdd, f32x4.mul(d, d));
        sqq = f32x4.add(sqq, f32x4.add(f32x4.mul(u, u), f32x4.mul(v, v)));
        to += bytes;
      }
      v128.store(out, sx);
      v128.store(out + part, sy);
      v128.store(out + 2 * part, sd);
      v128.store(out + 3 * part, sdd);
      v128.store(out + 4 * part, sqq);
      y += 16;
      out += 16;
    }
  }
  for (; x < end; x += 4) {
    let sx: f32 = 0;
    let sy: f32 = 0;
    let sd: f32 = 0;
    let sdd: f32 = 0;
    let sqq: f32 = 0;
    let to = y;
    for (let at = x, last = x + WHOLE * bytes; at <= last; at += bytes) {
      const d = load<f32>(at) - load<f32>(to);
      const u = load<f32>(at) - least;
      const v = load<f32>(to) - least;
      sx += u;
      sy += v;
      sd += d;
      sdd += d * d;
      sqq += u * u + v * v;
      to += bytes;
    }
    store<f32>(out, sx);
    store<f32>(out + part, sy);
    store<f32>(out + 2 * part, sd);
    store<f32>(out + 3 * part, sdd);
    store<f32>(out + 4 * part, sqq);
    y += 4;
    out += 4;
  }
}

/** (1 - similarity) * scale of the windows that begin in `columns` neighbouring columns. */
function similarities(sums: usize, out: usize, row: i32, columns: i32, step: i32, fitted: usize, scale: f32): void {
  const part = <usize>((row + 3) & ~3) << 2;
  const next = <usize>step << 2;
  const end = sums + (<usize>columns << 2);
  const least = load<f32>(fitted);
  const c1 = load<f32>(fitted, 4);
  const c2 = load<f32>(fitted, 8);
  if (ASC_FEATURE_SIMD) {
    const zero = f32x4.splat(0);
    const perPixel = f32x4.splat(PER_PIXEL);
    const perFreedom = f32x4.splat(PER_FREEDOM);
    for (const whole = sums + ((<usize>columns & ~3) << 2); sums < whole; sums += 16) {
      const sx = along_x4(sums, next);
      const sy = along_x4(sums + part, next);
      const sd = along_x4(sums + 2 * part, next);
      const sdd = along_x4(sums + 3 * part, next);
      const sqq = along_x4(sums + 4 * part, next);
      const mx = f32x4.add(f32x4.mul(sx, perPixel), f32x4.splat(least));
      const my = f32x4.add(f32x4.mul(sy, perPixel), f32x4.splat(least));
      const means = f32x4.add(f32x4.add(f32x4.mul(mx, mx), f32x4.mul(my, my)), f32x4.splat(c1));
      const md = f32x4.mul(sd, perPixel);
      const p = f32x4.div(f32x4.mul(md, md), means);
      const ofBoth = f32x4.mul(f32x4.add(f32x4.mul(sx, sx), f32x4.mul(sy, sy)), perPixel);
      const both = f32x4.max(zero, f32x4.mul(f32x4.sub(sqq, ofBoth), perFreedom));
      const apart = f32x4.max(zero, f32x4.mul(f32x4.sub(sdd, f32x4.mul(f32x4.mul(sd, sd), perPixel)), perFreedom));
      const q = f32x4.div(apart, f32x4.add(both, f32x4.splat(c2)));
      v128.store(out, f32x4.mul(f32x4.sub(f32x4.add(p, q), f32x4.mul(p, q)), f32x4.splat(scale)));
      out += 16;
    }
  }
  for (; sums < end; sums += 4) {
    const sx = along(sums, next);
    const sy = along(sums + part, next);
    const sd = along(sums + 2 * part, next);
    const sdd = along(sums + 3 * part, next);
    const sqq = along(sums + 4 * part, next);
    const mx: f32 = sx * PER_PIXEL + least;
    const my: f32 = sy * PER_PIXEL + least;
    const md: f32 = sd * PER_PIXEL;
    const p: f32 = (md * md) / (mx * mx + my * my + c1);
    const both: f32 = max<f32>(0, (sqq - (sx * sx + sy * sy) * PER_PIXEL) * PER_FREEDOM);
    const apart: f32 = max<f32>(0, (sdd - sd * sd * PER_PIXEL) * PER_FREEDOM);
    const q: f32 = apart / (both + c2);
    store<f32>(out, (p + q - p * q) * scale);
    out += 4;
  }
}

/** Sum of seven columns. */
// @ts-ignore: decorator
@inline
function along(at: usize, next: usize): f32 {
  let sum: f32 = 0;
  for (const last = at + WHOLE * next; at <= last; at += next) sum += load<f32>(at);
  return sum;
}

// @ts-ignore: decorator
@inline
function along_x4(at: usize, next: usize): v128 {
  let sum = f32x4.splat(0);
  for (const last = at + WHOLE * next; at <= last; at += next) sum = f32x4.add(sum, v128.load(at));
  return sum;
}
