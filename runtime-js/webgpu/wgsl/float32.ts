/**
 * IEEE single arithmetic, rounded to nearest even, on the bits of the numbers (u32), with the same result on every adapter.
 *
 * WGSL promises less than IEEE (https://www.w3.org/TR/WGSL/#floating-point-evaluation): an implementation may flush subnormals, take
 * NaN and infinity for impossible, contract a * b + c into one rounding, reassociate sums, and divide within 2.5 ulp. So
 * numbers are carried as their bits; + and * of the hardware are used only where operands and result are far from all of these
 * ends (every adapter rounds them to nearest even there), and anything else is done in integers. `fence` hides each result of
 * the hardware: no compiler can know that params.zero is 0, so none can see through it to contract or reassociate.
 */
export const float32 = /* wgsl */ `
const F_NAN = 0x7fc00000u;
const F_INFINITY = 0x7f800000u;
const F_MAGNITUDE = 0x7fffffffu;
const F_SIGN = 0x80000000u;

fn fence(value: f32) -> u32 { return bitcast<u32>(value) ^ params.zero; }

// Integers that are in the order of the numbers; NaN lies beyond infinity.
fn f_order(a: u32) -> i32 { return bitcast<i32>(a ^ select(0u, F_MAGNITUDE, (a & F_SIGN) != 0u)); }
fn f_less(a: u32, b: u32) -> bool { return f_order(a) < f_order(b); }
fn f_is_nan(a: u32) -> bool { return (a & F_MAGNITUDE) > F_INFINITY; }
fn f_abs(a: u32) -> u32 { return a & F_MAGNITUDE; }

// clamp(a, low, high) with NaN -> low.
fn f_clamp(a: u32, low: u32, high: u32) -> u32 {
  if (f_is_nan(a) || !f_less(low, a)) { return low; }
  return select(high, a, f_less(a, high));
}

// m / 2^31 * 2^(e - 127), its last bit standing for all that lies below it; the top bit of m is 1.
fn f_round(sign: u32, e: i32, m: u32) -> u32 {
  if (e >= 255) { return sign | F_INFINITY; }
  var bits = m;
  if (e <= 0) {
    let shift = u32(1 - e);
    bits = select(1u, (m >> min(shift, 31u)) | u32((m & ((1u << min(shift, 31u)) - 1u)) != 0u), shift < 32u);
  }
  let whole = bits >> 8u;
  let rest = bits & 255u;
  let up = u32(rest > 128u || (rest == 128u && (whole & 1u) == 1u));
  // The leading 1 of a normal number, and a carry, count the exponent up.
  return sign | ((u32(max(e - 1, 0)) << 23u) + whole + up);
}

// The mantissa with its top bit at bit 31, and the exponent; the magnitude is neither 0, infinite nor NaN.
fn f_mantissa(magnitude: u32) -> u32 {
  if (magnitude < 0x00800000u) { return magnitude << countLeadingZeros(magnitude); }
  return (magnitude << 8u) | F_SIGN;
}
fn f_exponent(magnitude: u32) -> i32 {
  if (magnitude < 0x00800000u) { return 9 - i32(countLeadingZeros(magnitude)); }
  return i32(magnitude >> 23u);
}

// High and low half of a product.
fn wide_product(a: u32, b: u32) -> vec2<u32> {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return vec2<u32>((a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u), (other << 16u) | (low & 0xffffu));
}

fn f_add_exact(a: u32, b: u32) -> u32 {
  let swap = (a & F_MAGNITUDE) < (b & F_MAGNITUDE);
  let x = select(a, b, swap);
  let y = select(b, a, swap);
  let larger = x & F_MAGNITUDE;
  let smaller = y & F_MAGNITUDE;
  if (larger > F_INFINITY) { return F_NAN; }
  if (larger == F_INFINITY) { return select(x, F_NAN, smaller == F_INFINITY && x != y); }
  if (smaller == 0u) { return select(x, x & y, larger == 0u); }
  let ex = f_exponent(larger);
  let shift = u32(ex - f_exponent(smaller));
  let mx = f_mantissa(larger) >> 1u;
  let my = f_mantissa(smaller) >> 1u;
  let moved = select(1u, (my >> min(shift, 31u)) | u32((my & ((1u << min(shift, 31u)) - 1u)) != 0u), shift < 32u);
  let sum = select(mx - moved, mx + moved, (x & F_SIGN) == (y & F_SIGN));
  if (sum == 0u) { return 0u; }
  let zeros = countLeadingZeros(sum);
  return f_round(x & F_SIGN, ex + 1 - i32(zeros), sum << zeros);
}

fn f_multiply_exact(a: u32, b: u32) -> u32 {
  let sign = (a ^ b) & F_SIGN;
  let x = a & F_MAGNITUDE;
  let y = b & F_MAGNITUDE;
  if (x > F_INFINITY || y > F_INFINITY) { return F_NAN; }
  if (x == 0u || y == 0u) { return select(sign, F_NAN, x == F_INFINITY || y == F_INFINITY); }
  if (x == F_INFINITY || y == F_INFINITY) { return sign | F_INFINITY; }
  let product = wide_product(f_mantissa(x), f_mantissa(y));
  // 1 <= product < 4: its top bit is bit 63 or 62.
  let below = 1u - (product.x >> 31u);
  let m = (product.x << below) | select(0u, product.y >> 31u, below == 1u) | u32((product.y << below) != 0u);
  return f_round(sign, f_exponent(x) + f_exponent(y) - 126 - i32(below), m);
}

fn f_add(a: u32, b: u32) -> u32 {
  // 2^-100 <= the larger < 2^126: the result is 0 or normal, and what is flushed of the smaller is less than half of its last bit.
  let larger = max(a & F_MAGNITUDE, b & F_MAGNITUDE);
  if (larger - 0x0d800000u < 0x71000000u) { return fence(bitcast<f32>(a) + bitcast<f32>(b)); }
  return f_add_exact(a, b);
}
fn f_subtract(a: u32, b: u32) -> u32 { return f_add(a, b ^ F_SIGN); }

fn f_multiply(a: u32, b: u32) -> u32 {
  let ea = (a >> 23u) & 255u;
  let eb = (b >> 23u) & 255u;
  // Both operands are normal, and so is the product.
  if (ea - 1u < 254u && eb - 1u < 254u && ea + eb - 130u < 248u) { return fence(bitcast<f32>(a) * bitcast<f32>(b)); }
  return f_multiply_exact(a, b);
}

// Of an integer, 0 or 1 <= |a| <= 2^31, and a constant that multiplierOf has looked at.
fn f_multiply_near(a: u32, b: u32) -> u32 { return fence(bitcast<f32>(a) * bitcast<f32>(b)); }

// Long division of the mantissas, in digits of 8 bits: hardware divides within some ulp.
fn f_divide(a: u32, b: u32) -> u32 {
  let sign = (a ^ b) & F_SIGN;
  let x = a & F_MAGNITUDE;
  let y = b & F_MAGNITUDE;
  if (x > F_INFINITY || y > F_INFINITY || (x == y && (x == 0u || x == F_INFINITY))) { return F_NAN; }
  if (x == F_INFINITY || y == 0u) { return sign | F_INFINITY; }
  if (y == F_INFINITY || x == 0u) { return sign; }
  let divisor = f_mantissa(y) >> 8u;
  var rest = f_mantissa(x) >> 8u;
  let below = u32(rest < divisor);
  rest = (rest << below) - divisor;
  var quotient = 1u;
  for (var digit = 0u; digit < 4u; digit++) {
    let bits = select(8u, 7u, digit == 3u);
    let next = rest << bits;
    quotient = (quotient << bits) | (next / divisor);
    rest = next % divisor;
  }
  return f_round(sign, f_exponent(x) - f_exponent(y) + 127 - i32(below), quotient | u32(rest != 0u));
}

// WGSL leaves the rounding of |x| > 2^24 open: it is done before, to a number that has 24 bits.
fn f_from_integer(x: i32) -> u32 {
  let magnitude = u32(abs(x));
  let below = 8u - min(8u, countLeadingZeros(magnitude));
  let half = (1u << below) >> 1u;
  let rest = magnitude & ((1u << below) - 1u);
  let whole = magnitude >> below;
  let up = below > 0u && (rest > half || (rest == half && (whole & 1u) == 1u));
  return bitcast<u32>(f32((whole + u32(up)) << below)) | (bitcast<u32>(x) & F_SIGN);
}

// Round half to even; |a| < 2^23.
fn f_to_integer(a: u32) -> i32 {
  let e = (a >> 23u) & 255u;
  if (e < 126u) { return 0; }
  let m = (a & 0x007fffffu) | 0x00800000u;
  let shift = 150u - e;
  let whole = m >> shift;
  let rest = m & ((1u << shift) - 1u);
  let half = 1u << (shift - 1u);
  let rounded = i32(whole + u32(rest > half || (rest == half && (whole & 1u) == 1u)));
  return select(rounded, -rounded, (a & F_SIGN) != 0u);
}

// Towards 0; 0 <= a < 2^23.
fn f_truncate(a: u32) -> i32 {
  let e = a >> 23u;
  if (e < 127u) { return 0; }
  return i32(((a & 0x007fffffu) | 0x00800000u) >> (150u - e));
}

fn round_clamped(a: u32, low: u32, high: u32) -> i32 { return f_to_integer(f_clamp(a, low, high)); }
`;

/**
 * The function that multiplies integers and some constants: that of the hardware, where no product can be subnormal or beyond what is finite,
 * as it is with all but absurd constants; it takes a fraction of the code.
 */
export const multiplierOf = (constants: Iterable<number>): 'f_multiply_near' | 'f_multiply' =>
  [...constants].every((value) => Math.abs(value) > 2 ** -90 && Math.abs(value) < 2 ** 90) ? 'f_multiply_near' : 'f_multiply';

const view = new DataView(new ArrayBuffer(8));

/** A number, rounded to f32, as a WGSL literal of its bits. */
export function bits(value: number): string {
  view.setFloat32(0, value);
  return `0x${view.getUint32(0).toString(16)}u`;
}

/** An f64 as WGSL: vec2(low word, high word). */
export function bits64(value: number): string {
  view.setFloat64(0, value);
  return `vec2<u32>(0x${view.getUint32(4).toString(16)}u, 0x${view.getUint32(0).toString(16)}u)`;
}
