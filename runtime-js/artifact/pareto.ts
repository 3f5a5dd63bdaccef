/** Generalised Pareto distribution of excesses y > 0: 1 - (1 + shape y / scale)^(-1 / shape); exponential where the shape is 0. */
export interface Pareto {
  readonly shape: number;
  readonly scale: number;
  /** Of the excesses that it was fitted to, without the censored. */
  readonly logLikelihood: number;
}

/** Below it the likelihood has no regular maximum (Smith 1985). */
const leastShape = -0.5;
const steps = 400;

/**
 * Maximum likelihood by the profile of one parameter (Grimshaw 1993), t = shape / scale, over a grid that golden section refines; excesses
 * are scaled to a mean of 1 first. `censored`: values of which it is only known that an excess was greater (right-censored). Of n excesses
 * and the sums U and C of ln(1 + t y) over these and the censored, shape(t) = (U + C) / n, and the log likelihood there is
 * -n (ln(shape / t) + 1) - U.
 */
export function fitPareto(excesses: ArrayLike<number>, censored: ArrayLike<number>): Pareto {
  const n = excesses.length;
  const mean = Array.from(excesses).reduce((sum, y) => sum + y, 0) / n;
  const y = Float64Array.from(excesses, (value) => value / mean);
  const beyond = Float64Array.from(censored, (value) => value / mean);
  const greatest = [...y, ...beyond].reduce((a, b) => Math.max(a, b));
  const exponential = 1 + beyond.reduce((sum, value) => sum + value, 0) / n;
  const shapeAt = (t: number): number => (logs(y, t) + logs(beyond, t)) / n;
  const profile = (t: number): number => {
    if (Math.abs(t) < 1e-9) return -n * (Math.log(exponential) + 1);
    const known = logs(y, t);
    const shape = (known + logs(beyond, t)) / n;
    return shape < leastShape || !Number.isFinite(shape) ? -Infinity : -n * (Math.log(shape / t) + 1) - known;
  };
  // t from just above -1 / max(y), where the support would end before the greatest excess, to a tail without a mean.
  const low = -1 / greatest;
  const at = (i: number): number => (i < steps / 2 ? low * (1 - (2 * i) / steps) : 50 * ((2 * i) / steps - 1) ** 3);
  let [best, highest] = [1, profile(at(1))];
  for (let i = 2; i <= steps; i++) {
    const value = profile(at(i));
    if (value > highest) [best, highest] = [i, value];
  }
  const t = maximize(profile, at(Math.max(1, best - 1)), at(Math.min(steps, best + 1)));
  const isExponential = Math.abs(t) < 1e-6;
  const shape = isExponential ? 0 : shapeAt(t);
  return { shape, scale: mean * (isExponential ? exponential : shape / t), logLikelihood: profile(t) - n * Math.log(mean) };
}

const logs = (values: Float64Array, t: number): number => values.reduce((sum, value) => sum + Math.log1p(t * value), 0);

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
