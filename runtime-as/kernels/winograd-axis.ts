// One axis of winograd.ts: data to places (B^T d), weights to places (G w), sums back to outputs (A^T m).

/**
 * Stride 1: F(4, 3) with the points 0, 1, -1, 2, -2 and infinity. 24 G has the rows 6 0 0, -4 -4 -4, -4 4 -4, 1 2 4, 1 -2 4, 0 0 24;
 * the last one is halved, so that |w| <= 12 * 12 * 127 fits i16, and `gather` doubles what it gives. Data grow by 10 per axis.
 * d: i16; out: 6 vectors `step` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function spread(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: i32): void {
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

/** The weights for `spread`: i16, to 6 vectors `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function widen(w0: v128, w1: v128, w2: v128, out: usize, step: i32): void {
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

/** Four sums of 6, 6 * 128 bytes apart, to vectors 6 * 32 bytes apart. */
export function gather_column(m: usize, out: usize): void {
  const m1 = v128.load(m, 768);
  const m2 = v128.load(m, 1536);
  const m3 = v128.load(m, 2304);
  const m4 = v128.load(m, 3072);
  const last = i32x4.shl(v128.load(m, 3840), 1);
  const s = i32x4.add(m1, m2);
  const d = i32x4.sub(m1, m2);
  const s2 = i32x4.add(m3, m4);
  const d2 = i32x4.sub(m3, m4);
  v128.store(out, i32x4.add(i32x4.add(v128.load(m), s), s2));
  v128.store(out, i32x4.add(d, i32x4.shl(d2, 1)), 192);
  v128.store(out, i32x4.add(s, i32x4.shl(s2, 2)), 384);
  v128.store(out, i32x4.add(i32x4.add(d, i32x4.shl(d2, 3)), last), 576);
}

/** Four sums of 6, 32 bytes apart; in place too. */
export function gather_row(m: usize, out: usize): void {
  const m1 = v128.load(m, 32);
  const m2 = v128.load(m, 64);
  const m3 = v128.load(m, 96);
  const m4 = v128.load(m, 128);
  const last = i32x4.shl(v128.load(m, 160), 1);
  const s = i32x4.add(m1, m2);
  const d = i32x4.sub(m1, m2);
  const s2 = i32x4.add(m3, m4);
  const d2 = i32x4.sub(m3, m4);
  v128.store(out, i32x4.add(i32x4.add(v128.load(m), s), s2));
  v128.store(out, i32x4.add(d, i32x4.shl(d2, 1)), 32);
  v128.store(out, i32x4.add(s, i32x4.shl(s2, 2)), 64);
  v128.store(out, i32x4.add(i32x4.add(d, i32x4.shl(d2, 3)), last), 96);
}

/**
 * Stride 2: the even data meet the first and the last weight, which is F(4, 2) with the points 0, 1, -1, 2 and infinity; 6 G has
 * the rows 3 0, -3 -3, -1 1, 1 2, 0 6. The odd data meet the middle weight, each at a place of its own. Data grow by 6 per axis.
 * e, o: i16; out: 9 vectors, `step` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function spread_strided(
  e0: v128,
  o0: v128,
  e1: v128,
  o1: v128,
  e2: v128,
  o2: v128,
  e3: v128,
  o3: v128,
  e4: v128,
  out: usize,
  step: i32,
): void {
  const near = i16x8.sub(e3, e1);
  const far = i16x8.sub(e3, e2);
  v128.store(out, i16x8.add(i16x8.shl(i16x8.sub(e0, e2), 1), near));
  v128.store(out + step, i16x8.sub(far, i16x8.shl(e1, 1)));
  v128.store(out + 2 * step, i16x8.add(far, i16x8.shl(i16x8.sub(e1, e2), 1)));
  v128.store(out + 3 * step, near);
  v128.store(out + 4 * step, i16x8.sub(i16x8.sub(e4, e2), i16x8.shl(near, 1)));
  v128.store(out + 5 * step, o0);
  v128.store(out + 6 * step, o1);
  v128.store(out + 7 * step, o2);
  v128.store(out + 8 * step, o3);
}

/** The weights for `spread_strided`: i16, to 6 vectors `step` bytes apart; the last one is for all odd data. */
// @ts-ignore: decorator
@inline
export function widen_strided(w0: v128, w1: v128, w2: v128, out: usize, step: i32): void {
  v128.store(out, i16x8.mul(w0, i16x8.splat(3)));
  v128.store(out + step, i16x8.mul(i16x8.add(w0, w2), i16x8.splat(-3)));
  v128.store(out + 2 * step, i16x8.sub(w2, w0));
  v128.store(out + 3 * step, i16x8.add(w0, i16x8.shl(w2, 1)));
  v128.store(out + 4 * step, i16x8.mul(w2, i16x8.splat(6)));
  v128.store(out + 5 * step, i16x8.mul(w1, i16x8.splat(6)));
}

/** Four sums of 9, 9 * 128 bytes apart, to vectors 9 * 32 bytes apart. */
export function gather_column_strided(m: usize, out: usize): void {
  const m1 = v128.load(m, 1152);
  const m2 = v128.load(m, 2304);
  const m3 = v128.load(m, 3456);
  const last = i32x4.add(v128.load(m, 4608), v128.load(m, 9216));
  const s = i32x4.add(m1, m2);
  const d = i32x4.sub(m1, m2);
  v128.store(out, i32x4.add(i32x4.add(v128.load(m), s), i32x4.add(m3, v128.load(m, 5760))));
  v128.store(out, i32x4.add(i32x4.add(d, i32x4.shl(m3, 1)), v128.load(m, 6912)), 288);
  v128.store(out, i32x4.add(i32x4.add(s, i32x4.shl(m3, 2)), v128.load(m, 8064)), 576);
  v128.store(out, i32x4.add(i32x4.add(d, i32x4.shl(m3, 3)), last), 864);
}

/** Four sums of 9, 32 bytes apart; in place too. */
export function gather_row_strided(m: usize, out: usize): void {
  const m1 = v128.load(m, 32);
  const m2 = v128.load(m, 64);
  const m3 = v128.load(m, 96);
  const last = i32x4.add(v128.load(m, 128), v128.load(m, 256));
  const s = i32x4.add(m1, m2);
  const d = i32x4.sub(m1, m2);
  v128.store(out, i32x4.add(i32x4.add(v128.load(m), s), i32x4.add(m3, v128.load(m, 160))));
  v128.store(out, i32x4.add(i32x4.add(d, i32x4.shl(m3, 1)), v128.load(m, 192)), 32);
  v128.store(out, i32x4.add(i32x4.add(s, i32x4.shl(m3, 2)), v128.load(m, 224)), 64);
  v128.store(out, i32x4.add(i32x4.add(d, i32x4.shl(m3, 3)), last), 96);
}
