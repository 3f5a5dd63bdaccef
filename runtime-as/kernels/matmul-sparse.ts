import { matmul_i16_i32, store_rows, sum_i16 } from './matmul';

/**
 * The same as matmul_i16_i32, for an x that has many zeros (the output of a ReLU) and many rows: pairs of zeros are passed
 * over. The pairs that are left are listed once, as (pair, offset of its weights), and all blocks walk the list.
 * list: 4 * depth bytes.
 */
export function matmul_sparse_i16_i32(x: usize, w: usize, acc: usize, depth: i32, rows: i32, list: usize): void {
  if (ASC_FEATURE_SIMD) {
    const end = x + (depth << 1);
    const offset = i32x4.splat(sum_i16(x, end) << 7);
    let last = list;
    for (let p = x, at: i32 = 0; p < end; p += 4, at += 64) {
      const pair = load<i32>(p);
      store<i32>(last, pair);
      store<i32>(last, at, 4);
      last += usize(pair != 0) << 3;
    }
    const blockBytes = depth << 5;
    const blocks = acc + ((rows & ~31) << 2);
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
      for (let q = list; q < last; q += 8) {
        const v = v128.load32_splat(q);
        const unit = w + load<i32>(q, 4);
        const u0 = v128.load(unit);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i16x8.shr_s(u0, 8), v));
        t0 = i32x4.add(t0, i32x4.dot_i16x8_s(u0, v));
        const u1 = v128.load(unit, 16);
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i16x8.shr_s(u1, 8), v));
        t1 = i32x4.add(t1, i32x4.dot_i16x8_s(u1, v));
        const u2 = v128.load(unit, 32);
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(i16x8.shr_s(u2, 8), v));
        t2 = i32x4.add(t2, i32x4.dot_i16x8_s(u2, v));
        const u3 = v128.load(unit, 48);
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(i16x8.shr_s(u3, 8), v));
        t3 = i32x4.add(t3, i32x4.dot_i16x8_s(u3, v));
      }
      w += blockBytes;
      store_rows(acc, a0, t0, offset);
      store_rows(acc + 32, a1, t1, offset);
      store_rows(acc + 64, a2, t2, offset);
      store_rows(acc + 96, a3, t3, offset);
      acc += 128;
    }
    matmul_i16_i32(x, w, acc, depth, rows & 31);
  } else {
    matmul_i16_i32(x, w, acc, depth, rows);
  }
}
