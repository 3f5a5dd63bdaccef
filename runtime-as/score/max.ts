import { residual_f32 } from './residual';

/** Largest absolute error. errors receives the absolute differences. x, y: f32[n]. NaN anywhere gives NaN. */
export function max(x: usize, y: usize, errors: usize, n: i32): f32 {
  residual_f32(x, y, errors, n, false);
  let largest: f32 = 0;
  for (const end = errors + (n << 2); errors < end; errors += 4) {
    const error = load<f32>(errors);
    if (!(error <= largest)) largest = error;
    if (error != error) break;
  }
  return largest;
}
