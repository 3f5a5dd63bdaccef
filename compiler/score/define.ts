/** A score function: how far a reconstruction is from its window. */
export interface ScoreDefinition {
  /** Whether each value has a weight of its own, fitted on normal windows (fit-weights.ts); else `weights` is empty. */
  readonly weighs: boolean;
  /**
   * In f32 and in the fixed order of runtime-as/sum.ts, so that it equals the artifact bit for bit. x, y: f32[n].
   * `errors` receives the contribution of each value.
   */
  reference(x: Float32Array, y: Float32Array, errors: Float32Array, weights: Float32Array): number;
  /** What the score means in f64, for the float model. */
  exact(x: Float32Array, y: Float32Array, weights: Float32Array): number;
}

/** Four lanes by index modulo 4, then (l0 + l1) + (l2 + l3), each step rounded to f32. */
export function sumInOrder(values: Float32Array): number {
  const lanes = new Float32Array(4);
  values.forEach((value, i) => (lanes[i % 4]! += value));
  return Math.fround(Math.fround(lanes[0]! + lanes[1]!) + Math.fround(lanes[2]! + lanes[3]!));
}

/** errors[i] = term(f32(x[i] - y[i])), rounded to f32. */
export function residualInto(errors: Float32Array, x: Float32Array, y: Float32Array, term: (d: number) => number): void {
  for (let i = 0; i < x.length; i++) errors[i] = term(Math.fround(x[i]! - y[i]!));
}

/** Mean of term(x - y) in f64. */
export function meanOf(x: Float32Array, y: Float32Array, term: (d: number) => number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term(x[i]! - y[i]!);
  return sum / x.length;
}
