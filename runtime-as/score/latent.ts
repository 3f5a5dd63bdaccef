import { sum_f32 } from '../sum';
import { quadratic_f32 } from './quadratic';
import { difference_f32, residual_f32 } from './residual';

/**
 * d^T P d / k of the code's distance d from its mean. errors receives the squared residuals. x, y: f32[n]; code, mean: f32[k]; P as
 * quadratic_f32 has it; scratch: twice f32[k up to a multiple of 4], zeros beyond k.
 */
export function latent_score(
  x: usize, y: usize, errors: usize, n: i32, code: usize, k: i32, mean: usize, p: usize, scratch: usize,
): f32 {
  residual_f32(x, y, errors, n, true);
  const terms = scratch + (((k + 3) & ~3) << 2);
  difference_f32(code, mean, scratch, k);
  quadratic_f32(scratch, terms, k, p);
  return sum_f32(terms, k) / <f32>k;
}
