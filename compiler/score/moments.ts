/**
 * Mean squares as a score may divide by them: a value that always is the same, such as a sensor that did not vary, counts as if it had a
 * thousandth of the average: its first small error would else be the whole score. Where all are the same (to a model that is never wrong),
 * 2^-100 keeps the weights finite in f32.
 */
export function usual(squares: Float64Array): Float64Array {
  const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
  return squares.map((square) => Math.max(square, mean / 1000, 2 ** -100));
}

/**
 * Second moments about zero of vectors, and their inverse, shrunk so that it is well conditioned however few vectors there were
 * (Ledoit and Wolf 2004, https://doi.org/10.1016/S0047-259X(03)00096-4). Each value is divided by its root mean square first, so that the
 * result does not depend on units: what the matrix shrinks to is `weighted`, not a sphere.
 */
export class Moments {
  readonly #size: number;
  /** Sums of v[i] v[j] and of (v[i] v[j])^2. Lower triangles, row by row. */
  readonly #products: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#products = new Float64Array(triangleSize(size));
    this.#squares = new Float64Array(triangleSize(size));
  }

  look(vector: ArrayLike<number>): void {
    let at = 0;
    for (let i = 0; i < this.#size; i++) {
      for (let j = 0; j <= i; j++, at++) {
        const product = vector[i]! * vector[j]!;
        this.#products[at]! += product;
        this.#squares[at]! += product * product;
      }
    }
    this.#count++;
  }

  /** The inverse of the shrunk second moments: f64 lower triangle, row by row. The mean of v^T P v over the vectors is about `size`. */
  inverse(): Float64Array {
    const [n, count] = [this.#size, this.#count];
    const squares = usual(Float64Array.from({ length: n }, (_, i) => this.#products[diagonal(i)]! / count));
    const roots = squares.map(Math.sqrt);
    const matrix = new Float64Array(n * n);
    let fourth = 0;
    eachOf(n, (i, j, at) => {
      matrix[i * n + j] = matrix[j * n + i] = this.#products[at]! / count / (roots[i]! * roots[j]!);
      fourth += ((i === j ? 1 : 2) * this.#squares[at]!) / count / (squares[i]! * squares[j]!);
    });
    const inverted = invert(shrink(matrix, n, fourth, count), n);
    const result = new Float64Array(this.#products.length);
    eachOf(n, (i, j, at) => (result[at] = inverted[i * n + j]! / (roots[i]! * roots[j]!)));
    return result;
  }
}

/** Entries of a lower triangle with its diagonal. */
export const triangleSize = (n: number): number => (n * (n + 1)) / 2;

/** Place of entry (i, i) in a lower triangle. */
const diagonal = (i: number): number => triangleSize(i + 1) - 1;

function eachOf(n: number, visit: (i: number, j: number, at: number) => void): void {
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++, at++) visit(i, j, at);
}

/**
 * (1 - rho) S + rho mu I with mu = trace(S) / n and rho the share that is optimal for `count` vectors: their scatter about S over the
 * distance of S from mu I, at most 1 (lemmas 3.2 to 3.4). S: [n x n] second moments; fourth: mean of |v|^4.
 */
export function shrink(moments: Float64Array, n: number, fourth: number, count: number): Float64Array {
  let [trace, norm] = [0, 0];
  for (let i = 0; i < n; i++) trace += moments[i * n + i]!;
  for (const value of moments) norm += value * value;
  const mu = trace / n;
  const distance = norm - n * mu * mu;
  const scatter = Math.max(0, fourth - norm) / count;
  const share = distance > scatter ? scatter / distance : 1;
  return moments.map((value, at) => (1 - share) * value + (at % (n + 1) === 0 ? share * mu : 0));
}

/** The inverse of a symmetric positive definite matrix [n x n], by Gauss-Jordan; no pivots are needed (Golub and Van Loan, section 4.2). */
export function invert(matrix: Float64Array, n: number): Float64Array {
  const a = matrix.slice();
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k]!;
    a[k * n + k] = 1;
    for (let j = 0; j < n; j++) a[k * n + j]! /= pivot;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k]!;
      a[i * n + k] = 0;
      for (let j = 0; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
    }
  }
  return a;
}
