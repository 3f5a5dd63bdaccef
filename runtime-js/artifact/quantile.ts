/**
 * The quantile q in [0, 1] of values that are in any order, by linear interpolation between order statistics:
 * type 7 of Hyndman and Fan (1996), the default of NumPy and R.
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
