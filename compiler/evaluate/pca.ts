/** Principal components of normal samples, with the limits of T2 and Q: the baseline that most autoencoders must first beat. */
export interface Pca {
  /** T2 / its limit + Q / its limit of a sample: f32[channels]. */
  score(sample: ArrayLike<number>): number;
}

/** Share of the variance that the components keep. */
const kept = 0.9;
/** Quantile of T2 and Q of the normal samples that is their limit. */
const limit = 0.99;

/**
 * Hotelling's T2 (distance within the components, each by its variance) and Q (squared distance from them) of standardised channels, as
 * in Jackson and Mudholkar 1979. data: f32[n x channels].
 */
export function fitPca(data: Float32Array, channels: number): Pca {
  const n = data.length / channels;
  const mean = new Float64Array(channels);
  const deviation = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) mean[i % channels]! += data[i]! / n;
  for (let i = 0; i < data.length; i++) deviation[i % channels]! += (data[i]! - mean[i % channels]!) ** 2 / n;
  const standard = (sample: ArrayLike<number>, offset = 0): Float64Array =>
    Float64Array.from({ length: channels }, (_, c) => (sample[offset + c]! - mean[c]!) / (Math.sqrt(deviation[c]!) || 1));
  const covariance = Array.from({ length: channels }, () => new Float64Array(channels));
  for (let i = 0; i < n; i++) {
    const z = standard(data, i * channels);
    for (let a = 0; a < channels; a++) for (let b = 0; b < channels; b++) covariance[a]![b]! += (z[a]! * z[b]!) / n;
  }
  const components = principal(covariance);
  const parts = (z: Float64Array): readonly [t2: number, q: number] => {
    let [t2, q] = [0, z.reduce((sum, value) => sum + value ** 2, 0)];
    for (const { vector, variance } of components) {
      const along = vector.reduce((sum, value, c) => sum + value * z[c]!, 0);
      t2 += along ** 2 / variance;
      q -= along ** 2;
    }
    return [t2, Math.max(0, q)];
  };
  const known = Array.from({ length: n }, (_, i) => parts(standard(data, i * channels)));
  const limits = [0, 1].map(
    (part) => known.map((both) => both[part]!).toSorted((a, b) => a - b)[Math.floor(limit * (n - 1))]! || 1,
  );
  return {
    score(sample) {
      const [t2, q] = parts(standard(sample));
      return t2 / limits[0]! + q / limits[1]!;
    },
  };
}

interface Component {
  readonly vector: Float64Array;
  readonly variance: number;
}

/** Eigenvectors of a symmetric matrix by Jacobi rotations (Golub and Van Loan, section 8.5), the largest first, until `kept` is kept. */
function principal(matrix: readonly Float64Array[]): Component[] {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice());
  const vectors = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 60 && offDiagonal(a) > 1e-18; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, p, q);
  }
  const all = a
    .map((row, i) => ({ variance: row[i]!, vector: Float64Array.from(vectors, (each) => each[i]!) }))
    .toSorted((x, y) => y.variance - x.variance);
  const total = all.reduce((sum, { variance }) => sum + variance, 0);
  let sum = 0;
  const count = all.findIndex(({ variance }) => (sum += variance) >= kept * total) + 1;
  return all.slice(0, Math.max(1, count)).filter(({ variance }) => variance > 1e-12);
}

function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const apq = a[p]![q]!;
  if (apq === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta ** 2 + 1));
  const c = 1 / Math.sqrt(t ** 2 + 1);
  const s = t * c;
  const turn = (row: Float64Array): void => {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  };
  for (const row of a) turn(row);
  const [rowP, rowQ] = [a[p]!, a[q]!];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
  for (const row of vectors) turn(row);
}

const offDiagonal = (a: readonly Float64Array[]): number =>
  a.reduce((sum, row, i) => sum + row.reduce((part, value, j) => part + (i === j ? 0 : value ** 2), 0), 0);
