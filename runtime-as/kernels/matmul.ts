/**
 * i16 x i8 -> i32: acc[o] = bias[o] + sum over k of w[o][k] * x[k], exact: the compiler proved that no acc overflows.
 * x: i16[depth], |x| <= 255; w in [-127, 127]; acc: i32[rows]; depth and rows are multiples of 8, padded with zero weights.
 *
 * Packed for SIMD as "hi/lo" pairs, 16 multiply-adds per dot instruction pair: blocks of 32 rows, then of 8. A block is
 * its bias (i32 per row), then for each pair k, k+1 of depth one 16-byte unit per 8 rows: i16 lane 2i+t holds
 * 256 * w[i][k+t] + (w[i+4][k+t] + 128). Its arithmetic high byte is the weight of row i; summing whole lanes gives
 * 256 * A + B + 128 * sum(x), from which B, the sum of row i+4, follows modulo 2^32.
 * Packed for scalar as bias i32[rows], then w i8[rows][depth].
 */
export function matmul_i16_i32(x: usize, w: usize, acc: usize, depth: i32, rows: i32): void {
  if (ASC_FEATURE_SIMD) {
    const end = x + (depth << 1);
    const offset = i32x4.splat(sum_i16(x, end) << 7);
    const blocks = acc + ((rows & ~31) << 2);
    const last = acc + (rows << 2);
    while (acc < blocks) {
      let a0 = v128.load(w);
      let t0 = i32x4.add(i32x4.shl(a0, 8), v128.load(w, 16));
      let a1 = v128.load(w, 32);
      let t1 = i32x4.add(i32x4.shl(a1, 8), v128.load(w, 48));
      let a2 = v128.load(w, 64);
      let t2 = i32x4.add(i32x4.shl(a2, 8), v128.load(w, 80));
      let a3 = v128.load(w, 96);
      let t3 = i32x4.add(i32x4.shl(a3, 8), v128.load(w, 112));
      w += 128;
      for (let p = x; p < end; p += 4) {
        const v = v128.load32_splat(p);
        const u0 = v128.load(w);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i16x8.shr_s(u0, 8), v));
        t0 = i32x4.add(t0, i32x4.dot_i16x8_s(u0, v));
        const u1 = v128.load(w, 16);
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i16x8.shr_s(u1, 8), v));
        t1 = i32x4.add(t1, i32x4.dot_i16x8_s(u1, v));
        const u2 = v128.load(w, 32);
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(i16x8.shr_s(u2, 8), v));
        t2 = i32x4.add(t2, i32x4.dot_i16x8_s(u2, v));
        const u3 = v128.load(w, 48);
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(i16x8.shr_s(u3, 8), v));
        t3 = i32x4.add(t3, i32x4.dot_i16x8_s(u3, v));
        w += 64;
      }
      store_rows(acc, a0, t0, offset);
      store_rows(acc + 32, a1, t1, offset);
      store_rows(acc + 64, a2, t2, offset);
      store_rows(acc + 96, a3, t3, offset);
      acc += 128;
    }
    while (acc < last) {
      let a = v128.load(w);
      let t = i32x4.add(i32x4.shl(a, 8), v128.load(w, 16));
      w += 32;
      for (let p = x; p < end; p += 4) {
        const v = v128.load32_splat(p);
        const u = v128.load(w);
        a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.shr_s(u, 8), v));
        t = i32x4.add(t, i32x4.dot_i16x8_s(u, v));
        w += 16;
      }
      store_rows(acc, a, t, offset);
      acc += 32;
    }
  } else {
    let bias = w;
    w += rows << 2;
    const end = x + (depth << 1);
    for (const last = acc + (rows << 2); acc < last; acc += 16) {
      let s0 = load<i32>(bias);
      let s1 = load<i32>(bias, 4);
      let s2 = load<i32>(bias, 8);
      let s3 = load<i32>(bias, 12);
      const w1 = w + depth;
      const w2 = w1 + depth;
      const w3 = w2 + depth;
      for (let p = x, k: usize = 0; p < end; p += 2, k++) {
        const v = <i32>load<i16>(p);
        s0 += v * <i32>load<i8>(w + k);
        s1 += v * <i32>load<i8>(w1 + k);
        s2 += v * <i32>load<i8>(w2 + k);
        s3 += v * <i32>load<i8>(w3 + k);
      }
      store<i32>(acc, s0);
      store<i32>(acc, s1, 4);
      store<i32>(acc, s2, 8);
      store<i32>(acc, s3, 12);
      bias += 16;
      w = w3 + depth;
    }
  }
}

/** Rows i..i+3 are a; rows i+4..i+7 are t - 256 a - 128 sum(x). */
// @ts-ignore: decorator
@inline
export function store_rows(acc: usize, a: v128, t: v128, offset: v128): void {
  v128.store(acc, a);
  v128.store(acc, i32x4.sub(i32x4.sub(t, i32x4.shl(a, 8)), offset), 16);
}

/** Sum of the i16 values from x to end; a multiple of 8 values. */
export function sum_i16(x: usize, end: usize): i32 {
  let sums = i32x4.splat(0);
  for (; x < end; x += 16) sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(x), i16x8.splat(1)));
  return (
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
  );
}
