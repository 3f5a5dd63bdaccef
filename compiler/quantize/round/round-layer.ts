import type { Tensor } from '../../ir/tensor.ts';
import type { Moments } from './moments.ts';

/** Weights [rows x depth] and the bias that goes with them. Rounded ones are multiples of their scales, q in [-127, 127]. */
export interface RoundedLayer {
  readonly weights: Tensor;
  readonly bias: Tensor;
}

/** Shares of the largest weight that may stand for 127. */
const shares = [1, 0.97, 0.94, 0.91, 0.88, 0.85, 0.8, 0.75, 0.7];

/** Inputs per weight from which on a row is fitted to them: fewer would be learnt by heart. */
const enoughInputs = 4;

/**
 * Weights on int8 grids that are chosen by what the layer gives, not weight by weight. First, if calibration has enough inputs,
 * the row is fitted to them as they are behind the layers that are rounded already (least squares), so that it makes up for those. Then, value by value, the error of each
 * rounding is taken up by the weights behind it and at last by the bias, as the inputs correlate (GPTQ, Frantar et al. 2022, algorithm 1,
 * which is OBQ in a fixed order). Of several scales per row the one of the least error is kept.
 */
export function roundLayer(weights: Tensor, bias: Tensor, moments: Moments, damping: number): RoundedLayer {
  const depth = moments.size - 1;
  const rows = bias.data.length;
  const factor = errorFactors(moments, damping);
  const [data, biases, scales] = [new Float32Array(weights.data.length), new Float32Array(rows), new Float32Array(rows)];
  for (let row = 0; row < rows; row++) {
    const fitted = fitRow(weights, bias, row, moments, factor);
    const largest = fitted.subarray(0, depth).reduce((max, w) => Math.max(max, Math.abs(w)), 0);
    const {
      scale,
      integers,
      bias: corrected,
    } = shares
      .map((share) => roundRow(fitted, Math.fround((share * largest) / 127) || 1, factor))
      .reduce((best, other) => (other.error < best.error ? other : best));
    for (let i = 0; i < depth; i++) data[row * depth + i] = integers[i]! * scale;
    biases[row] = corrected;
    scales[row] = scale;
  }
  return { weights: { shape: weights.shape, data, scales }, bias: { shape: bias.shape, data: biases } };
}

/** Weights that are not rounded, but make up for the layers before. */
export function fitLayer(weights: Tensor, bias: Tensor, moments: Moments, damping: number): RoundedLayer {
  const depth = moments.size - 1;
  const factor = errorFactors(moments, damping);
  const [data, biases] = [new Float32Array(weights.data.length), new Float32Array(bias.data.length)];
  for (let row = 0; row < biases.length; row++) {
    const fitted = fitRow(weights, bias, row, moments, factor);
    data.set(fitted.subarray(0, depth), row * depth);
    biases[row] = fitted[depth]!;
  }
  return { weights: { shape: weights.shape, data }, bias: { shape: bias.shape, data: biases } };
}

/** A row and its bias, fitted to its inputs if there are enough of them. */
function fitRow(weights: Tensor, bias: Tensor, row: number, moments: Moments, factor: Float64Array): Float64Array {
  const depth = moments.size - 1;
  const given = Float64Array.of(...weights.data.subarray(row * depth, (row + 1) * depth), bias.data[row]!);
  return moments.count >= enoughInputs * moments.size ? fit(given, moments, factor) : given;
}

/** The row that gives of the drifted inputs what the given one gave of the float model's: w + w D inverse(H). */
function fit(given: Float64Array, { size, drift }: Moments, factor: Float64Array): Float64Array {
  const depth = size - 1;
  const missing = new Float64Array(size);
  for (let i = 0; i < depth; i++) {
    const w = given[i]!;
    for (let j = 0, at = i * size; j < size; j++, at++) missing[j]! += w * drift[at]!;
  }
  // inverse(H) = U^T U
  const half = new Float64Array(size);
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) half[i]! += factor[i * size + j]! * missing[j]!;
  const fitted = given.slice();
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) fitted[j]! += factor[i * size + j]! * half[i]!;
  return fitted;
}

interface RoundedRow {
  readonly scale: number;
  readonly integers: Float64Array;
  readonly bias: number;
  readonly error: number;
}

/** One row, its bias last, on a grid. `factor`: upper triangle U of inverse(H) = U^T U. */
function roundRow(given: Float64Array, scale: number, factor: Float64Array): RoundedRow {
  const size = given.length;
  const w = given.slice();
  const integers = new Float64Array(size - 1);
  let error = 0;
  for (let i = 0; i < size - 1; i++) {
    const q = Math.max(-127, Math.min(127, Math.round(w[i]! / scale)));
    integers[i] = q;
    const e = (w[i]! - q * scale) / factor[i * size + i]!;
    if (e === 0) continue;
    error += e * e;
    for (let j = i + 1, at = i * size + j; j < size; j++, at++) w[j]! -= e * factor[at]!;
  }
  return { scale, integers, bias: w[size - 1]!, error };
}

/**
 * U, upper triangular, with inverse(H) = U^T U: H = M M^T with M upper triangular (Cholesky from the last row on), U = inverse(M).
 * H: the moments with a damped diagonal.
 */
function errorFactors({ size, own }: Moments, damping: number): Float64Array {
  const h = own.slice();
  let mean = 0;
  for (let i = 0; i < size - 1; i++) mean += h[i * size + i]! / (size - 1);
  for (let i = 0; i < size; i++) h[i * size + i]! += damping * mean + least;
  for (let j = size - 1; j >= 0; j--) {
    const pivot = Math.sqrt(Math.max(h[j * size + j]!, least));
    h[j * size + j] = pivot;
    for (let i = 0; i < j; i++) h[i * size + j]! /= pivot;
    for (let i = 0; i < j; i++) {
      const value = h[i * size + j]!;
      if (value === 0) continue;
      for (let k = i; k < j; k++) h[i * size + k]! -= value * h[k * size + j]!;
    }
  }
  return inverseOfUpper(h, size);
}

/** Of inputs that are always zero. */
const least = 1e-30;

function inverseOfUpper(m: Float64Array, size: number): Float64Array {
  const u = new Float64Array(size * size);
  for (let i = size - 1; i >= 0; i--) {
    const pivot = 1 / m[i * size + i]!;
    u[i * size + i] = pivot;
    for (let k = i + 1; k < size; k++) {
      const value = m[i * size + k]! * pivot;
      if (value === 0) continue;
      for (let j = k; j < size; j++) u[i * size + j]! -= value * u[k * size + j]!;
    }
  }
  return u;
}
