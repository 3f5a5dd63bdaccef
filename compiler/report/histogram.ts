import type { Histogram, ScoreHistogram } from './analysis.ts';

/** Counts values into bins of equal width as they come. */
export class HistogramBuilder {
  readonly #from: number;
  readonly #to: number;
  readonly #counts: number[];
  #below = 0;
  #above = 0;

  constructor(from: number, to: number, bins: number) {
    this.#from = from;
    this.#to = to;
    this.#counts = Array.from({ length: bins }, () => 0);
  }

  add(value: number): void {
    if (value < this.#from) this.#below++;
    else if (value > this.#to) this.#above++;
    else this.#counts[binOf(value, this.#from, this.#to, this.#counts.length)]! += 1;
  }

  finish(): Histogram {
    return { from: this.#from, to: this.#to, counts: this.#counts, below: this.#below, above: this.#above };
  }
}

/** The greatest value belongs to the last bin. */
const binOf = (value: number, from: number, to: number, bins: number): number =>
  Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins));

const scoreBins = 40;

/** Beyond this ratio of the greatest to the least score, bins are equal in their logarithm. */
const logarithmicFrom = 20;

/** Scores of normal data and of test files over the same bins; null: there is no score. */
export function scoreHistogram(
  normal: ArrayLike<number> | null,
  tests: readonly ArrayLike<number>[],
  threshold: number,
): ScoreHistogram | null {
  const all = [...(normal === null ? [] : [normal]), ...tests];
  let [least, greatest] = [Infinity, -Infinity];
  for (const scores of [...all, [threshold]]) {
    for (let i = 0; i < scores.length; i++) {
      least = Math.min(least, scores[i]!);
      greatest = Math.max(greatest, scores[i]!);
    }
  }
  if (all.length === 0 || !(least < greatest)) return null;
  const logarithmic = least > 0 && greatest / least > logarithmicFrom;
  const [on, back] = logarithmic ? [Math.log10, (x: number) => 10 ** x] : [Number, Number];
  const [from, to] = [on(least), on(greatest)];
  const counted = (scores: ArrayLike<number>): readonly number[] => {
    const counts = Array.from({ length: scoreBins }, () => 0);
    for (let i = 0; i < scores.length; i++) counts[binOf(on(scores[i]!), from, to, scoreBins)]! += 1;
    return counts;
  };
  return {
    logarithmic,
    edges: Array.from({ length: scoreBins + 1 }, (_, i) => back(from + (i * (to - from)) / scoreBins)),
    normal: normal === null ? null : counted(normal),
    tests: tests.map(counted),
  };
}
