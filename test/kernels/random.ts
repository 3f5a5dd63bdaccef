/** A seeded generator of integers in [min, max], with both ends and zero well represented. */
export function integers(seed: number): (length: number, min: number, max: number) => number[] {
  let state = seed | 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const one = (min: number, max: number): number => {
    const pick = next();
    if (pick < 0.1) return min;
    if (pick < 0.2) return max;
    return pick < 0.3 && min <= 0 && max >= 0 ? 0 : min + Math.floor(next() * (max - min + 1));
  };
  return (length, min, max) => Array.from({ length }, () => one(min, max));
}
