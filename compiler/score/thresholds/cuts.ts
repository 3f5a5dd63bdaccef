/** Scores beside labels (1: abnormal), point by point. */
export interface Labelled {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** What a threshold at a score gives: all points of at least that score are alarms. */
export interface Cut {
  readonly score: number;
  /** Abnormal and normal points among the alarms. */
  readonly hits: number;
  readonly falseAlarms: number;
}

/** From the highest score down; points of the same score are one cut. */
export function cutsOf({ scores, labels }: Labelled): Cut[] {
  const order = Array.from({ length: scores.length }, (_, i) => i).toSorted((a, b) => scores[b]! - scores[a]!);
  const cuts: Cut[] = [];
  let [hits, falseAlarms] = [0, 0];
  order.forEach((at, i) => {
    if (labels[at]! > 0) hits++;
    else falseAlarms++;
    const score = scores[at]!;
    if (i + 1 === order.length || scores[order[i + 1]!] !== score) cuts.push({ score, hits, falseAlarms });
  });
  return cuts;
}

/** The best F1 of any threshold, and the score from which on points are alarms there: an optimist's figure, found with the labels. */
export function bestF1(labelled: Labelled): { readonly f1: number; readonly threshold: number } {
  const cuts = cutsOf(labelled);
  const { f1, score } = bestCut(cuts);
  return { f1, threshold: score };
}

/** Of cuts from the highest score down. */
export function bestCut(cuts: readonly Cut[]): Cut & { readonly f1: number; readonly at: number } {
  const positives = cuts.at(-1)!.hits;
  return cuts
    .map((cut, at) => ({ ...cut, at, f1: (2 * cut.hits) / (cut.hits + cut.falseAlarms + positives) }))
    .reduce((best, other) => (other.f1 > best.f1 ? other : best));
}
