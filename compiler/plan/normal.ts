/** Steps of the table that runtime-as/sample.ts reads. */
export const quantileSteps = 512;

/** Quantiles of the standard normal distribution from 0.5 to 1; the last, which has no bound, is that of half a step before it. */
export const normalQuantiles = (): Float32Array =>
  Float32Array.from({ length: quantileSteps + 1 }, (_, i) =>
    quantile(0.5 + Math.min(i, quantileSteps - 0.5) / (2 * quantileSteps)),
  );

/** The x with P(X < x) = p, by bisection of the distribution function; p in [0.5, 1). */
function quantile(p: number): number {
  let [low, high] = [0, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (distribution(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

/** P(X < x) = 1/2 + density(x) * (x + x^3/3 + x^5/15 + ...) (Marsaglia 2004, https://doi.org/10.18637/jss.v011.i04). */
function distribution(x: number): number {
  let [term, sum] = [x, x];
  for (let i = 3; Math.abs(term) > 1e-17; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
