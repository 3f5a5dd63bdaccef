import { sum_f32 } from '../sum';
import { residual_f32 } from './residual';

/** Mean absolute error. errors receives the absolute differences, so that their mean is the score. x, y: f32[n]. */
export function mae(x: usize, y: usize, errors: usize, n: i32): f32 {
  residual_f32(x, y, errors, n, false);
  return sum_f32(errors, n) / <f32>n;
}
