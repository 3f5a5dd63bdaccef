// The fixed-point arithmetic of int8 TensorFlow Lite (gemmlowp's fixedpoint.h, kernels/internal/common.h). Products pass 2^53,
// so they are computed in BigInt.

const limit = 2 ** 31 - 1;

/** High half of the doubled product, rounded half away from zero: SaturatingRoundingDoublingHighMul. */
export function highProduct(a: number, b: number): number {
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

/** x / 2^exponent, rounded half away from zero: RoundingDivideByPOT. */
export function divideByPower(x: number, exponent: number): number {
  const mask = 2 ** exponent - 1;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/** value * mantissa * 2^(shift - 31), rounded twice half away from zero, as TFLite Micro's reference kernels do it. */
export function multiplyDouble(value: number, mantissa: number, shift: number): number {
  const high = highProduct(shift > 0 ? value << shift : value, mantissa);
  return shift < 0 ? divideByPower(high, -shift) : high;
}

/** The same, rounded once, half up (ruy, TFLITE_SINGLE_ROUNDING). */
export function multiplySingle(value: number, mantissa: number, shift: number): number {
  const right = BigInt(31 - shift);
  return Number((BigInt(value) * BigInt(mantissa) + (1n << (right - 1n))) >> right);
}

export const saturated = (x: number): number => Math.min(limit, Math.max(-limit - 1, x));

/** 1 / (1 + a) for a in [0, 1), in units of 2^-31: one_over_one_plus_x_for_x_in_0_1. */
export function reciprocal(a: number): number {
  const half = Math.floor((a + limit + 1) / 2);
  let x = 1_515_870_810 + highProduct(half, -1_010_580_540);
  for (let i = 0; i < 3; i++) {
    const rest = 2 ** 29 - highProduct(half, x);
    x = (x + saturated(highProduct(x, rest) * 4)) | 0;
  }
  return saturated(2 * x);
}

/** Of 2^exponent / 4 each, e to minus that, in units of 2^-31. */
const powers: readonly (readonly [exponent: number, multiplier: number])[] = [
  [-2, 1_672_461_947],
  [-1, 1_302_514_674],
  [0, 790_015_084],
  [1, 290_630_308],
  [2, 39_332_535],
  [3, 720_401],
  [4, 242],
];

/** e^a for a <= 0 in units of 2^-26, in units of 2^-31: exp_on_negative_values with 5 integer bits. */
export function expOfNegative(a: number): number {
  if (a === 0) return limit;
  const quarter = 2 ** 24;
  const rest = (a & (quarter - 1)) - quarter;
  const remainder = rest - a;
  return powers.reduce(
    (result, [exponent, multiplier]) => ((remainder & (2 ** (26 + exponent))) === 0 ? result : highProduct(result, multiplier)),
    expOfFraction(saturated(rest * 32)),
  );
}

/** e^a for a in [-1/4, 0), in units of 2^-31, by its series about -1/8. */
function expOfFraction(a: number): number {
  const x = a + 2 ** 28;
  const square = highProduct(x, x);
  const cube = highProduct(square, x);
  const fourth = highProduct(square, square);
  const tail = divideByPower(highProduct(divideByPower(fourth, 2) + cube, 715_827_883) + square, 1);
  return saturated(1_895_147_668 + highProduct(1_895_147_668, x + tail));
}
