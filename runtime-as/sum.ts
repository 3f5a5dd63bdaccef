/**
 * Sum of f32[n] in the one order of all hosts: four lanes by index modulo 4, then (l0 + l1) + (l2 + l3).
 * The values between n and the next multiple of 4 are zeros.
 */
export function sum_f32(x: usize, n: i32): f32 {
  const end = x + (((n + 3) & ~3) << 2);
  if (ASC_FEATURE_SIMD) {
    let lanes = f32x4.splat(0);
    for (; x < end; x += 16) lanes = f32x4.add(lanes, v128.load(x));
    return (
      f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
    );
  } else {
    let l0: f32 = 0;
    let l1: f32 = 0;
    let l2: f32 = 0;
    let l3: f32 = 0;
    for (; x < end; x += 16) {
      l0 += load<f32>(x);
      l1 += load<f32>(x, 4);
      l2 += load<f32>(x, 8);
      l3 += load<f32>(x, 12);
    }
    return l0 + l1 + (l2 + l3);
  }
}
