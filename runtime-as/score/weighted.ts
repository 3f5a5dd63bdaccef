import { sum_f32 } from '../sum';
import { residual_f32 } from './residual';

/** Mean of weights[i] (x[i] - y[i])^2. errors receives the terms, so that their mean is the score. x, y, weights: f32[n]. */
export function weighted(x: usize, y: usize, errors: usize, n: i32, weights: usize): f32 {
  residual_f32(x, y, errors, n, true);
  const end = errors + (n << 2);
  let at = errors;
  if (ASC_FEATURE_SIMD) {
    for (const whole = errors + ((n & ~3) << 2); at < whole; at += 16) {
      v128.store(at, f32x4.mul(v128.load(at), v128.load(weights)));
      weights += 16;
    }
  }
  for (; at < end; at += 4) {
    store<f32>(at, load<f32>(at) * load<f32>(weights));
    weights += 4;
  }
  return sum_f32(errors, n) / <f32>n;
}
