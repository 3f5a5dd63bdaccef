/**
 * out[i] = v[i] * (P v)[i]: the sum over j in four lanes by j modulo 4, then (l0 + l1) + (l2 + l3). v: f32[n] and zeros up to a multiple of
 * 4; out: f32[n], nothing is written beyond; p: for every four neighbouring i, P[i][j] of these beside each other for j = 0, 1, ..., zeros
 * beyond n both ways. The lanes of vectors are the four i, so that P is read from its first to its last byte.
 */
export function quadratic_f32(v: usize, out: usize, n: i32, p: usize): void {
  const end = v + (<usize>((n + 3) & ~3) << 2);
  const last = v + (<usize>n << 2);
  let at = v;
  if (ASC_FEATURE_SIMD) {
    for (const whole = v + (<usize>(n & ~3) << 2); at < whole; at += 16) {
      let l0 = f32x4.splat(0);
      let l1 = f32x4.splat(0);
      let l2 = f32x4.splat(0);
      let l3 = f32x4.splat(0);
      for (let j = v; j < end; j += 16) {
        l0 = f32x4.add(l0, f32x4.mul(v128.load(p), v128.load32_splat(j)));
        l1 = f32x4.add(l1, f32x4.mul(v128.load(p, 16), v128.load32_splat(j, 4)));
        l2 = f32x4.add(l2, f32x4.mul(v128.load(p, 32), v128.load32_splat(j, 8)));
        l3 = f32x4.add(l3, f32x4.mul(v128.load(p, 48), v128.load32_splat(j, 12)));
        p += 64;
      }
      v128.store(out, f32x4.mul(v128.load(at), f32x4.add(f32x4.add(l0, l1), f32x4.add(l2, l3))));
      out += 16;
    }
  }
  for (let lane: usize = 0; at < last; at += 4) {
    let l0: f32 = 0;
    let l1: f32 = 0;
    let l2: f32 = 0;
    let l3: f32 = 0;
    let from = p + lane;
    for (let j = v; j < end; j += 16) {
      l0 += load<f32>(from) * load<f32>(j);
      l1 += load<f32>(from, 16) * load<f32>(j, 4);
      l2 += load<f32>(from, 32) * load<f32>(j, 8);
      l3 += load<f32>(from, 48) * load<f32>(j, 12);
      from += 64;
    }
    store<f32>(out, load<f32>(at) * (l0 + l1 + (l2 + l3)));
    out += 4;
    lane += 4;
    if (lane === 16) {
      lane = 0;
      p += (end - v) << 2;
    }
  }
}
