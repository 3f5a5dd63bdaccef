import { triangleSize } from './moments.ts';

/** Values that a full matrix is kept for: 256 x 256 x 4 bytes are 256 KiB, about what ad01 has in all. */
export const widestMatrix = 256;

/**
 * The matrix of a lower triangle as runtime-as/score/quadratic.ts reads it: four rows at a time, column by column; zeros up to a multiple of 4
 * both ways.
 */
export function packMatrix(triangle: Float32Array, n: number): Float32Array {
  const width = paddedTo4(n);
  const packed = new Float32Array(width * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) packed[(i - (i % 4)) * width + 4 * j + (i % 4)] = entry(triangle, i, j);
  }
  return packed;
}

export const paddedTo4 = (n: number): number => (n + 3) & ~3;

/** Entry (i, j) of a symmetric matrix. */
const entry = (triangle: Float32Array, i: number, j: number): number =>
  i >= j ? triangle[triangleSize(i) + j]! : triangle[triangleSize(j) + i]!;

/** out[i] = v[i] * (P v)[i], f32: the sums in four lanes by j modulo 4, then (l0 + l1) + (l2 + l3). P: lower triangle. */
export function quadraticInto(out: Float32Array, v: Float32Array, triangle: Float32Array): void {
  const lanes = new Float32Array(4);
  for (let i = 0; i < v.length; i++) {
    lanes.fill(0);
    for (let j = 0; j < v.length; j++) lanes[j % 4]! += Math.fround(entry(triangle, i, j) * v[j]!);
    out[i] = v[i]! * Math.fround(Math.fround(lanes[0]! + lanes[1]!) + Math.fround(lanes[2]! + lanes[3]!));
  }
}

/** v^T P v in f64; valueAt(i): v[i]. P: lower triangle. */
export function quadraticForm(n: number, triangle: Float32Array, valueAt: (i: number) => number): number {
  const v = Float64Array.from({ length: n }, (_, i) => valueAt(i));
  let [sum, at] = [0, 0];
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < i; j++, at++) row += triangle[at]! * v[j]!;
    sum += v[i]! * (2 * row + triangle[at++]! * v[i]!);
  }
  return sum;
}
