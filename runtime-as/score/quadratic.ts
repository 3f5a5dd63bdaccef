/**
 * out[i] = v[i] * (P v)[i] of a symmetric P: the sum over j in four lanes by j modulo 4, then (l0 + l1) + (l2 + l3). Lanes of the
 * vectors are neighbouring i, which by symmetry lie beside each other in row j. v: f32[n] and zeros up to the stride; out: f32[n], nothing is
 * written beyond; P: f32[stride x stride], zeros beyond n; stride = n up to a multiple of 4.
 */
export function quadratic_f32(v: usize, out: usize, n: i32, p: usize): void {
  const stride = <usize>((n + 3) & ~3) << 2;
  const end = v + stride;
  const whole = <usize>(n & ~3) << 2;
  let done: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; done < whole; done += 16) {
      let l0 = f32x4.splat(0);
      let l1 = f32x4.splat(0);
      let l2 = f32x4.splat(0);
      let l3 = f32x4.splat(0);
      let at = p + done;
      for (let j = v; j < end; j += 16) {
        l0 = f32x4.add(l0, f32x4.mul(v128.load(at), v128.load32_splat(j)));
        at += stride;
        l1 = f32x4.add(l1, f32x4.mul(v128.load(at), v128.load32_splat(j, 4)));
        at += stride;
        l2 = f32x4.add(l2, f32x4.mul(v128.load(at), v128.load32_splat(j, 8)));
        at += stride;
        l3 = f32x4.add(l3, f32x4.mul(v128.load(at), v128.load32_splat(j, 12)));
        at += stride;
      }
      const sum = f32x4.add(f32x4.add(l0, l1), f32x4.add(l2, l3));
      v128.store(out + done, f32x4.mul(v128.load(v + done), sum));
    }
  }
  for (const last = <usize>n << 2; done < last; done += 4) {
    let l0: f32 = 0;
    let l1: f32 = 0;
    let l2: f32 = 0;
    let l3: f32 = 0;
    let at = p + done * (stride >> 2);
    for (let j = v; j < end; j += 16) {
      l0 += load<f32>(at) * load<f32>(j);
      l1 += load<f32>(at, 4) * load<f32>(j, 4);
      l2 += load<f32>(at, 8) * load<f32>(j, 8);
      l3 += load<f32>(at, 12) * load<f32>(j, 12);
      at += 16;
    }
    store<f32>(out + done, load<f32>(v + done) * (l0 + l1 + (l2 + l3)));
  }
}
