import type { Golden } from '../../runtime-js/artifact/golden.ts';

/**
 * Up to eight windows and 8 KB, evenly spaced by the rank of their score from the least to the greatest; of a sequence, whose
 * scores depend on what came before, its first ones.
 */
export function chooseGolden(
  windows: { readonly data: Float32Array; readonly size: number; readonly sequence?: number },
  scores: Float32Array,
  stateful: boolean,
): Golden {
  const most = Math.max(2, Math.min(8, Math.floor(8192 / (4 * windows.size))));
  const count = Math.min(most, windows.sequence ?? most);
  const byScore = Array.from(scores.keys()).toSorted((a, b) => scores[a]! - scores[b]! || a - b);
  const chosen = Array.from({ length: count }, (_, i) =>
    stateful ? i : byScore[Math.round((i * (byScore.length - 1)) / (count - 1))]!,
  );
  const inputs = new Float32Array(count * windows.size);
  chosen.forEach((window, i) =>
    inputs.set(windows.data.subarray(window * windows.size, (window + 1) * windows.size), i * windows.size),
  );
  return { size: windows.size, inputs, scores: Float32Array.from(chosen, (window) => scores[window]!) };
}
