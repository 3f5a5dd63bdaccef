/** How points get a score from the windows that hold them. */
export type PointRule = 'last' | 'all' | 'any';

/**
 * One score per sample from the scores of windows that begin every `hop` samples; NaN where no window tells. last: that of the window
 * that ends with the sample, or is the next to end: what a stream knows then. all: the lowest of the windows that hold it, so that it is in
 * alarm where all of them are (SKAB's autoencoders). any: the highest.
 */
export function pointScores(
  scores: ArrayLike<number>,
  { samples, hop }: { readonly samples: number; readonly hop: number },
  count: number,
  rule: PointRule,
): Float64Array {
  const points = new Float64Array(count).fill(Number.NaN);
  for (let window = 0; window < scores.length; window++) {
    const end = window * hop + samples;
    const first = rule === 'last' ? Math.max(0, end - Math.min(hop, samples)) : window * hop;
    for (let at = first; at < Math.min(end, count); at++) {
      const [before, now] = [points[at]!, scores[window]!];
      points[at] = Number.isNaN(before) || rule === 'last' ? now : rule === 'all' ? Math.min(before, now) : Math.max(before, now);
    }
  }
  return points;
}
