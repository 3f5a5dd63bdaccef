/** The fixed-point arithmetic of int8 TensorFlow Lite, as compiler/kernels/fixed-point.ts. Reads float32.ts and pair.ts. */
export const fixedPoint = /* wgsl */ `
// High half of the doubled product, rounded half away from zero.
fn high_product(a: i32, b: i32) -> i32 {
  let product = p_product(u32(abs(a)), u32(abs(b)));
  if ((a < 0) == (b < 0) || all(product == vec2<u32>())) {
    return i32(p_right(p_add(product, vec2<u32>(1u << 30u, 0u)), 31u).x);
  }
  return -i32(p_right(p_add(product, vec2<u32>((1u << 30u) - 1u, 0u)), 31u).x);
}

// x / 2^exponent, rounded half away from zero.
fn divide_by_power(x: i32, exponent: u32) -> i32 {
  let mask = i32((1u << exponent) - 1u);
  let threshold = (mask >> 1u) + i32(x < 0);
  return (x >> exponent) + i32((x & mask) > threshold);
}

// value * mantissa * 2^(shift - 31), rounded twice half away from zero.
fn multiply_double(value: i32, mantissa: i32, shift: i32) -> i32 {
  let high = high_product(value << u32(max(shift, 0)), mantissa);
  if (shift < 0) { return divide_by_power(high, u32(-shift)); }
  return high;
}

// The same, rounded once, half up. Saturated: what comes next is a clamp.
fn multiply_single(value: i32, mantissa: i32, shift: i32) -> i32 {
  let right = u32(31 - shift);
  let sum = p_add(p_signed_product(value, mantissa), p_left(vec2<u32>(1u, 0u), right - 1u));
  let negative = (sum.y >> 31u) == 1u;
  // Arithmetic: the complement of the shifted complement.
  let moved = select(p_right(sum, right), ~p_right(~sum, right), negative);
  let fits = moved.y == select(0u, 0xffffffffu, negative) && (moved.x >> 31u) == u32(negative);
  return select(select(0x7fffffff, -0x7fffffff - 1, negative), i32(moved.x), fits);
}

fn saturated_left(x: i32, by: u32) -> i32 {
  let moved = x << by;
  return select(select(0x7fffffff, -0x7fffffff - 1, x < 0), moved, (moved >> by) == x);
}

// 1 / (1 + a) for a in [0, 1), in units of 2^-31.
fn reciprocal(a: i32) -> i32 {
  let half = i32((u32(a) + 0x80000000u) >> 1u);
  var x = 1515870810 + high_product(half, -1010580540);
  for (var i = 0; i < 3; i++) {
    let rest = (1 << 29u) - high_product(half, x);
    x += saturated_left(high_product(x, rest), 2u);
  }
  return saturated_left(x, 1u);
}
`;
