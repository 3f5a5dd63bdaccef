/** Generalised Pareto distribution of excesses y > 0: 1 - (1 + shape y / scale)^(-1 / shape); exponential where the shape is 0. */
export interface Pareto {
  readonly shape: number;
  readonly scale: number;
  /** Of the excesses that it was fitted to. */
  readonly logLikelihood: number;
}

/** Below it the likelihood has no regular maximum (Smith 1985). */
const leastShape = -0.5;
const steps = 400;

/**
 * Maximum likelihood by the profile of one parameter (Grimshaw 1993): with t = shape / scale, shape(t) = mean(ln(1 + t y)) and the log
 * likelihood is -n (ln(shape / t) + shape + 1). A grid over t, refined by golden section; excesses are scaled to a mean of 1 first.
 */
export function fitPareto(excesses: ArrayLike<number>): Pareto {
  const n = excesses.length;
  const mean = Array.from(excesses).reduce((sum, y) => sum + y, 0) / n;
  const y = Float64Array.from(excesses, (value) => value / mean);
  const greatest = y.reduce((a, b) => Math.max(a, b));
  const shapeAt = (t: number): number => y.reduce((sum, value) => sum + Math.log1p(t * value), 0) / n;
  const profile = (t: number): number => {
    if (Math.abs(t) < 1e-9) return -n;
    const shape = shapeAt(t);
    return shape < leastShape || !Number.isFinite(shape) ? -Infinity : -n * (Math.log(shape / t) + shape + 1);
  };
  // t from just above -1 / max(y), where the support would end before the greatest excess, to a tail without a mean.
  const low = -1 / greatest;
  const at = (i: number): number => (i < steps / 2 ? low * (1 - (2 * i) / steps) : 50 * ((2 * i) / steps - 1) ** 3);
  let best = 1;
  for (let i = 1; i <= steps; i++) if (profile(at(i)) > profile(at(best))) best = i;
  const t = maximize(profile, at(Math.max(1, best - 1)), at(Math.min(steps, best + 1)));
  const isExponential = Math.abs(t) < 1e-6;
  const shape = isExponential ? 0 : shapeAt(t);
  return { shape, scale: mean * (isExponential ? 1 : shape / t), logLikelihood: profile(t) - n * Math.log(mean) };
}

/** Golden section. */
function maximize(value: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  for (let i = 0; i < 80; i++) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (value(a) < value(b)) low = a;
    else high = b;
  }
  return (low + high) / 2;
}
