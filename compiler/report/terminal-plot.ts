import { plot } from 'asciichart';

const columns = 68;
const height = 12;

/** Scores over time as text, 80 columns wide: each column shows the highest score of its share of the windows; the line is the threshold. */
export function terminalPlot(scores: ArrayLike<number>, threshold: number): string {
  const width = Math.min(columns, scores.length);
  const peaks = Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * scores.length) / width);
    const to = Math.floor(((column + 1) * scores.length) / width);
    return Array.from({ length: to - from }, (__, i) => scores[from + i]!).reduce(
      (max, score) => Math.max(max, score),
      -Infinity,
    );
  });
  return plot([Array.from({ length: width }, () => threshold), peaks], {
    height,
    format: (value) => value.toPrecision(3).padStart(9),
  });
}
