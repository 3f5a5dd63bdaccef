/** f32 -> f32: out[i] = x[i] * scale[i] + offset[i], rounded after each step. All f32[n]; n is a multiple of 4. */
export function scale_f32(x: usize, out: usize, n: i32, scale: usize, offset: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (const end = out + (n << 2); out < end; out += 16) {
      v128.store(out, f32x4.add(f32x4.mul(v128.load(x), v128.load(scale)), v128.load(offset)));
      x += 16;
      scale += 16;
      offset += 16;
    }
  } else {
    for (const end = out + (n << 2); out < end; out += 4) {
      store<f32>(out, load<f32>(x) * load<f32>(scale) + load<f32>(offset));
      x += 4;
      scale += 4;
      offset += 4;
    }
  }
}
