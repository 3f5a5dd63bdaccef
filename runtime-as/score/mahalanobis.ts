import { sum_f32 } from '../sum';
import { quadratic_f32 } from './quadratic';
import { difference_f32 } from './residual';

/**
 * r^T P r / n of the residual r = x - y. errors receives r[i] (P r)[i], so that their mean is the score. x, y: f32[n]; p as quadratic_f32 has
 * it; scratch: f32[n up to a multiple of 4], zeros beyond n.
 */
export function mahalanobis(x: usize, y: usize, errors: usize, n: i32, p: usize, scratch: usize): f32 {
  difference_f32(x, y, scratch, n);
  quadratic_f32(scratch, errors, n, p);
  return sum_f32(errors, n) / <f32>n;
}
