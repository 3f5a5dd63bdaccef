/** 64-bit integers as vec2(low word, high word); signed ones in two's complement. Reads wide_product of float32.ts. */
export const pair = /* wgsl */ `
fn p_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + u32(low < a.x));
}
fn p_negate(a: vec2<u32>) -> vec2<u32> { return p_add(~a, vec2<u32>(1u, 0u)); }
fn p_subtract(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return p_add(a, p_negate(b)); }
fn p_less(a: vec2<u32>, b: vec2<u32>) -> bool { return a.y < b.y || (a.y == b.y && a.x < b.x); }
fn p_product(a: u32, b: u32) -> vec2<u32> { return wide_product(a, b).yx; }

// By 0 to 63 places.
fn p_left(a: vec2<u32>, by: u32) -> vec2<u32> {
  if (by == 0u) { return a; }
  if (by >= 32u) { return vec2<u32>(0u, a.x << (by - 32u)); }
  return vec2<u32>(a.x << by, (a.y << by) | (a.x >> (32u - by)));
}
fn p_right(a: vec2<u32>, by: u32) -> vec2<u32> {
  if (by == 0u) { return a; }
  if (by >= 32u) { return vec2<u32>(a.y >> (by - 32u), 0u); }
  return vec2<u32>((a.x >> by) | (a.y << (32u - by)), a.y >> by);
}
// The last bit stands for all that was shifted out.
fn p_right_sticky(a: vec2<u32>, by: u32) -> vec2<u32> {
  if (by > 63u) { return vec2<u32>(u32(any(a != vec2<u32>())), 0u); }
  let moved = p_right(a, by);
  return vec2<u32>(moved.x | u32(any(p_left(moved, by) != a)), moved.y);
}
fn p_zeros(a: vec2<u32>) -> u32 { return select(countLeadingZeros(a.y), 32u + countLeadingZeros(a.x), a.y == 0u); }
fn p_magnitude(a: vec2<u32>) -> vec2<u32> { return select(a, p_negate(a), (a.y >> 31u) == 1u); }
fn p_signed_product(a: i32, b: i32) -> vec2<u32> {
  let product = p_product(u32(abs(a)), u32(abs(b)));
  return select(product, p_negate(product), (a < 0) != (b < 0));
}
`;
