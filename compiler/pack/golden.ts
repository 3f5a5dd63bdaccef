import type { Golden } from '../../runtime-js/artifact/golden.ts';

/** Values of a large window that are stored. */
const longestPeriod = 1024;

/** Windows to score; of a large one a stretch from its middle, over and over. */
export type GoldenInputs = Omit<Golden, 'scores'> & { readonly count: number };

/**
 * Up to eight windows and 8 KB, evenly spaced by the rank of their score from the least to the greatest; of a sequence, whose
 * scores depend on what came before, its first ones.
 */
export function chooseGolden(
  windows: { readonly data: Float32Array; readonly size: number; readonly sequence?: number },
  scores: Float32Array,
  stateful: boolean,
): GoldenInputs {
  const { size } = windows;
  const period = Math.min(size, longestPeriod);
  const most = Math.max(2, Math.min(8, Math.floor(8192 / (4 * period))));
  const count = Math.min(most, windows.sequence ?? most);
  const byScore = Array.from(scores.keys()).toSorted((a, b) => scores[a]! - scores[b]! || a - b);
  const chosen = Array.from({ length: count }, (_, i) =>
    stateful ? i : byScore[Math.round((i * (byScore.length - 1)) / (count - 1))]!,
  );
  const start = Math.floor((size - period) / 2);
  const inputs = Float32Array.from({ length: count * size }, (_, i) => {
    const [window, at] = [chosen[Math.floor(i / size)]!, i % size];
    return windows.data[window * size + start + (at % period)]!;
  });
  return { size, period, count, inputs };
}
