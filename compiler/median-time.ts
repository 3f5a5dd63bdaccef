/** Rounds of which the median is taken, behind two that warm up. */
export const rounds = 21;
const roundMs = 20;

/** Median over the rounds of the time of one call, in microseconds. */
export function medianUs(call: () => unknown): number {
  const times: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const started = performance.now();
    let calls = 0;
    let now = started;
    for (; now - started < roundMs; now = performance.now()) {
      for (let i = 0; i < 16; i++) call();
      calls += 16;
    }
    if (round >= 0) times.push((1000 * (now - started)) / calls);
  }
  return times.toSorted((a, b) => a - b)[rounds >> 1]!;
}
