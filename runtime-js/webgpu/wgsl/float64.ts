/**
 * IEEE double arithmetic, rounded to nearest even, in integers: WGSL has no f64. A number is vec2(low word, high word) of its bits. One
 * thread per row of values uses it. No operand or result but 0 is below 2^-1022: they are sums of squares of integers, and
 * constants of about their size. Reads float32.ts and pair.ts.
 */
export const float64 = /* wgsl */ `
const D_NAN = vec2<u32>(0u, 0x7ff80000u);

fn d_sign(a: vec2<u32>) -> u32 { return a.y & F_SIGN; }
fn d_exponent(a: vec2<u32>) -> i32 { return i32((a.y >> 20u) & 2047u); }
fn d_is_zero(a: vec2<u32>) -> bool { return (a.x | (a.y & F_MAGNITUDE)) == 0u; }
fn d_is_special(a: vec2<u32>) -> bool { return d_exponent(a) == 2047; }
fn d_is_infinite(a: vec2<u32>) -> bool { return (a.y & F_MAGNITUDE) == 0x7ff00000u && a.x == 0u; }
fn d_negate(a: vec2<u32>) -> vec2<u32> { return vec2<u32>(a.x, a.y ^ F_SIGN); }
// 53 bits.
fn d_mantissa(a: vec2<u32>) -> vec2<u32> { return vec2<u32>(a.x, (a.y & 0xfffffu) | 0x100000u); }

// m / 2^63 * 2^(e - 1023), its last bit standing for all that lies below it; the top bit of m is 1.
fn d_round(sign: u32, e: i32, m: vec2<u32>) -> vec2<u32> {
  if (e >= 2047) { return vec2<u32>(0u, sign | 0x7ff00000u); }
  if (e <= 0) { return vec2<u32>(0u, sign); }
  let whole = p_right(m, 11u);
  let rest = m.x & 2047u;
  let up = u32(rest > 1024u || (rest == 1024u && (whole.x & 1u) == 1u));
  let rounded = p_add(p_add(whole, vec2<u32>(up, 0u)), vec2<u32>(0u, u32(e - 1) << 20u));
  return vec2<u32>(rounded.x, sign | rounded.y);
}

// From a signed 64-bit integer.
fn d_from_pair(a: vec2<u32>) -> vec2<u32> {
  let magnitude = p_magnitude(a);
  if (all(magnitude == vec2<u32>())) { return vec2<u32>(); }
  let zeros = p_zeros(magnitude);
  return d_round(a.y & F_SIGN, 1086 - i32(zeros), p_left(magnitude, zeros));
}

fn d_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  if (d_is_special(a) || d_is_special(b)) {
    let opposed = d_is_infinite(a) && d_is_infinite(b) && a.y != b.y;
    if (opposed || (d_is_special(a) && !d_is_infinite(a)) || (d_is_special(b) && !d_is_infinite(b))) { return D_NAN; }
    return select(b, a, d_is_special(a));
  }
  if (d_is_zero(b)) { return select(a, a & b, d_is_zero(a)); }
  if (d_is_zero(a)) { return b; }
  let swap = p_less(vec2<u32>(a.x, a.y & F_MAGNITUDE), vec2<u32>(b.x, b.y & F_MAGNITUDE));
  let x = select(a, b, swap);
  let y = select(b, a, swap);
  let mx = p_left(d_mantissa(x), 10u);
  let my = p_right_sticky(p_left(d_mantissa(y), 10u), u32(d_exponent(x) - d_exponent(y)));
  let sum = select(p_subtract(mx, my), p_add(mx, my), d_sign(x) == d_sign(y));
  if (all(sum == vec2<u32>())) { return vec2<u32>(); }
  let zeros = p_zeros(sum);
  return d_round(d_sign(x), d_exponent(x) + 1 - i32(zeros), p_left(sum, zeros));
}
fn d_subtract(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return d_add(a, d_negate(b)); }

fn d_multiply(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let sign = d_sign(a) ^ d_sign(b);
  if (d_is_special(a) || d_is_special(b)) {
    let none = d_is_zero(a) || d_is_zero(b) || (d_is_special(a) && !d_is_infinite(a)) || (d_is_special(b) && !d_is_infinite(b));
    return select(vec2<u32>(0u, sign | 0x7ff00000u), D_NAN, none);
  }
  if (d_is_zero(a) || d_is_zero(b)) { return vec2<u32>(0u, sign); }
  // Top bits at bit 63: the upper half of the 128-bit product, and whether anything is below.
  let x = p_left(d_mantissa(a), 11u);
  let y = p_left(d_mantissa(b), 11u);
  let low = p_product(x.x, y.x);
  let cross = p_product(x.x, y.y);
  let other = p_product(x.y, y.x);
  let middle = p_add(p_add(cross, vec2<u32>(low.y, 0u)), vec2<u32>(other.x, 0u));
  var high = p_add(p_product(x.y, y.y), p_add(vec2<u32>(middle.y, 0u), vec2<u32>(other.y, 0u)));
  var e = d_exponent(a) + d_exponent(b) - 1022;
  var below = vec2<u32>(low.x, middle.x);
  if ((high.y >> 31u) == 0u) {
    high = p_add(p_left(high, 1u), vec2<u32>(below.y >> 31u, 0u));
    below = p_left(below, 1u);
    e -= 1;
  }
  return d_round(sign, e, vec2<u32>(high.x | u32(any(below != vec2<u32>())), high.y));
}

// Long division, bit by bit.
fn d_divide(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let sign = d_sign(a) ^ d_sign(b);
  if (d_is_special(a) || d_is_special(b)) {
    let none = (d_is_infinite(a) && d_is_infinite(b)) || (d_is_special(a) && !d_is_infinite(a)) || (d_is_special(b) && !d_is_infinite(b));
    return select(vec2<u32>(0u, sign | select(0u, 0x7ff00000u, d_is_infinite(a))), D_NAN, none);
  }
  if (d_is_zero(b)) { return select(vec2<u32>(0u, sign | 0x7ff00000u), D_NAN, d_is_zero(a)); }
  if (d_is_zero(a)) { return vec2<u32>(0u, sign); }
  let divisor = d_mantissa(b);
  var rest = d_mantissa(a);
  var e = d_exponent(a) - d_exponent(b) + 1023;
  if (p_less(rest, divisor)) {
    rest = p_left(rest, 1u);
    e -= 1;
  }
  var quotient = vec2<u32>();
  for (var bit = 0; bit < 56; bit++) {
    quotient = p_left(quotient, 1u);
    if (!p_less(rest, divisor)) {
      rest = p_subtract(rest, divisor);
      quotient.x |= 1u;
    }
    rest = p_left(rest, 1u);
  }
  let m = p_left(quotient, 8u);
  return d_round(sign, e, vec2<u32>(m.x | u32(any(rest != vec2<u32>())), m.y));
}

// Bit by bit; a >= 0.
fn d_root(a: vec2<u32>) -> vec2<u32> {
  if (d_is_zero(a) || d_is_special(a)) { return a; }
  // a = m * 2^(2 h) with 1 <= m < 4.
  let unbiased = d_exponent(a) - 1023;
  let h = unbiased >> 1u;
  // The digits of m, two at a time, from bit 63 on.
  var digits = p_left(d_mantissa(a), 10u + u32(unbiased & 1));
  var rest = vec2<u32>();
  var root = vec2<u32>();
  for (var bit = 0; bit < 55; bit++) {
    rest = p_add(p_left(rest, 2u), vec2<u32>(digits.y >> 30u, 0u));
    digits = p_left(digits, 2u);
    root = p_left(root, 1u);
    let trial = p_add(p_left(root, 1u), vec2<u32>(1u, 0u));
    if (!p_less(rest, trial)) {
      rest = p_subtract(rest, trial);
      root.x |= 1u;
    }
  }
  let m = p_left(root, 9u);
  return d_round(0u, h + 1023, vec2<u32>(m.x | u32(any(rest != vec2<u32>())), m.y));
}

// To f32.
fn d_to_single(a: vec2<u32>) -> u32 {
  if (d_is_special(a)) { return select(F_NAN, d_sign(a) | F_INFINITY, d_is_infinite(a)); }
  if (d_is_zero(a)) { return d_sign(a); }
  let m = p_left(d_mantissa(a), 11u);
  return f_round(d_sign(a), d_exponent(a) - 896, m.y | u32(m.x != 0u));
}
`;
