/**
 * log10(x) of a normal f32 above 0, within one unit in the last place of the larger of |result| and 0.3: x = 2^e m, m from sqrt(1/2)
 * to sqrt(2); ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (m - 1) / (m + 1), |s| < 0.172. Zero and less give the value of the least
 * normal f32. All steps in f32, in this order.
 */
// @ts-ignore: decorator
@inline
export function log10_f32(x: f32): f32 {
  if (!(x >= 1.17549435e-38)) {
    if (x !== x) return x;
    x = 1.17549435e-38;
  }
  if (x > 3.40282347e38) return x;
  const bits = reinterpret<i32>(x);
  // The exponent rises where the mantissa passes sqrt(2): 0x3504f3.
  const e = (bits - 0x3f3504f3) >> 23;
  const m = reinterpret<f32>(bits - (e << 23));
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const series: f32 = 1 + z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * 0.11111111)));
  // log10(2) in two parts, so that the first product is exact.
  return <f32>e * 0.301025390625 + (<f32>e * 4.605039e-6 + s * series * 0.8685889);
}
