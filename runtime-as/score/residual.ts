/**
 * errors[i] = d * d (square) or |d|, where d = x[i] - y[i]. x, y, errors: f32[n]. Nothing is written beyond n, so that the
 * padding of errors stays zero, as sum_f32 expects.
 */
// @ts-ignore: decorator
@inline
export function residual_f32(x: usize, y: usize, errors: usize, n: i32, square: bool): void {
  const end = x + (n << 2);
  if (ASC_FEATURE_SIMD) {
    for (const whole = x + ((n & ~3) << 2); x < whole; x += 16) {
      const d = f32x4.sub(v128.load(x), v128.load(y));
      v128.store(errors, square ? f32x4.mul(d, d) : f32x4.abs(d));
      y += 16;
      errors += 16;
    }
  }
  for (; x < end; x += 4) {
    const d = load<f32>(x) - load<f32>(y);
    store<f32>(errors, square ? d * d : abs(d));
    y += 4;
    errors += 4;
  }
}

/** out[i] = x[i] - y[i]. x, y, out: f32[n]; nothing is written beyond n. Short vectors: no SIMD. */
export function difference_f32(x: usize, y: usize, out: usize, n: i32): void {
  for (const end = x + (n << 2); x < end; x += 4) {
    store<f32>(out, load<f32>(x) - load<f32>(y));
    y += 4;
    out += 4;
  }
}
