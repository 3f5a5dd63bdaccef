import { clamp, clamp_x4 } from '../requantize';

/**
 * tanh as the ninth convergent of Lambert's continued fraction x / (1 + x^2 / (3 + x^2 / (5 + ...)))
 * (https://dlmf.nist.gov/4.39), within 7e-6: plain arithmetic in a fixed order, so that all hosts agree.
 *
 * The coefficients (compiler/kernels/quotient.ts) come from memory, four times each: an engine makes a constant vector anew, of
 * several instructions, wherever it is used, but adds one from memory at once.
 */

// @ts-ignore: decorator
@inline
export function tanh_one(value: f32, coefficients: usize): f32 {
  const x = clamp(value, load<f32>(coefficients), load<f32>(coefficients, 16));
  const y: f32 = x * x;
  const z: f32 = y * y;
  const over: f32 = (z + (y * load<f32>(coefficients, 32) + load<f32>(coefficients, 48))) * z;
  const overLow: f32 = y * load<f32>(coefficients, 64) + load<f32>(coefficients, 80);
  const under: f32 = (z * load<f32>(coefficients, 96) + (y * load<f32>(coefficients, 112) + load<f32>(coefficients, 128))) * z;
  const underLow: f32 = y * load<f32>(coefficients, 144) + load<f32>(coefficients, 80);
  return (x * (over + overLow)) / (under + underLow);
}

// @ts-ignore: decorator
@inline
export function sigmoid_one(x: f32, coefficients: usize): f32 {
  const half = load<f32>(coefficients, 160);
  const turned: f32 = half * tanh_one(x * half, coefficients);
  return turned + half;
}

// @ts-ignore: decorator
@inline
export function tanh_x4(value: v128, coefficients: usize): v128 {
  const x = clamp_x4(value, v128.load(coefficients), v128.load(coefficients, 16));
  const y = f32x4.mul(x, x);
  const z = f32x4.mul(y, y);
  const overHigh = f32x4.add(f32x4.mul(y, v128.load(coefficients, 32)), v128.load(coefficients, 48));
  const overLow = f32x4.add(f32x4.mul(y, v128.load(coefficients, 64)), v128.load(coefficients, 80));
  const over = f32x4.add(f32x4.mul(f32x4.add(z, overHigh), z), overLow);
  const underHigh = f32x4.add(f32x4.mul(y, v128.load(coefficients, 112)), v128.load(coefficients, 128));
  const underLow = f32x4.add(f32x4.mul(y, v128.load(coefficients, 144)), v128.load(coefficients, 80));
  const under = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(z, v128.load(coefficients, 96)), underHigh), z), underLow);
  return f32x4.div(f32x4.mul(x, over), under);
}

// @ts-ignore: decorator
@inline
export function sigmoid_x4(x: v128, coefficients: usize): v128 {
  const half = v128.load(coefficients, 160);
  return f32x4.add(f32x4.mul(half, tanh_x4(f32x4.mul(x, half), coefficients)), half);
}
