/** How the inputs of a layer correlate. z: what one output reads behind the layers that are rounded already, and a 1 for the bias. */
export interface Moments {
  /** Values of z: the depth of the layer and 1. */
  readonly size: number;
  /** Inputs that were looked at. */
  readonly count: number;
  /** Mean of z z^T: f64[size x size], upper triangle. */
  readonly own: Float64Array;
  /** Mean of (x - z) z^T, where x is what the float model reads: f64[depth x size]. */
  readonly drift: Float64Array;
}

/** Multiply-adds for the moments of one layer: of what takes longer, fewer inputs are looked at. */
const budget = 3e8;

/** The moments over all windows. x: the layer's input in the float model, z: in the rounded one, window by window; `reads` as of readsOf. */
export function momentsOf(reads: readonly Int32Array[], x: readonly Float32Array[], z: readonly Float32Array[]): Moments {
  const depth = reads[0]!.length;
  const size = depth + 1;
  const [own, drift] = [new Float64Array(size * size), new Float64Array(depth * size)];
  const every = Math.max(1, Math.ceil((reads.length * x.length * size * size) / budget));
  const [now, apart] = [new Float64Array(size).fill(1), new Float64Array(depth)];
  let [seen, count] = [0, 0];
  for (let window = 0; window < x.length; window++) {
    for (const places of reads) {
      if (seen++ % every !== 0) continue;
      count++;
      places.forEach((place, i) => {
        now[i] = place < 0 ? 0 : z[window]![place]!;
        apart[i] = place < 0 ? 0 : x[window]![place]! - now[i];
      });
      addOuter(own, now, now, true);
      addOuter(drift, apart, now, false);
    }
  }
  return { size, count, own: own.map((sum) => sum / count), drift: drift.map((sum) => sum / count) };
}

/** sums += a b^T; `upper`: its upper triangle alone. */
function addOuter(sums: Float64Array, a: Float64Array, b: Float64Array, upper: boolean): void {
  for (let i = 0; i < a.length; i++) {
    const value = a[i]!;
    if (value === 0) continue;
    for (let j = upper ? i : 0, at = i * b.length + j; j < b.length; j++, at++) sums[at]! += value * b[j]!;
  }
}
