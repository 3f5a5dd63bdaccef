/** Scores beside labels (1: abnormal), point by point. */
export interface Labelled {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** What a threshold at a score gives: all points of at least that score are alarms. */
interface Cut {
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

/** Area under the receiver operating characteristic: the chance that an abnormal point scores higher than a normal one, ties half. */
export function aucRoc(labelled: Labelled): number {
  return areaUnderRoc(labelled, 1);
}

/**
 * The part of the area up to a false-alarm rate, standardised to 0.5 for chance and 1 for perfection (McClish 1989; scikit-learn's
 * roc_auc_score with max_fpr; DCASE and MLPerf Tiny look at 0.1).
 */
export function partialAuc(labelled: Labelled, greatestRate: number): number {
  const [least, most] = [greatestRate ** 2 / 2, greatestRate];
  return 0.5 * (1 + (areaUnderRoc(labelled, greatestRate) - least) / (most - least));
}

function areaUnderRoc(labelled: Labelled, greatestRate: number): number {
  const cuts = cutsOf(labelled);
  const { hits: positives, falseAlarms: negatives } = cuts.at(-1)!;
  let [area, x, y] = [0, 0, 0];
  for (const { hits, falseAlarms } of cuts) {
    const [nextX, nextY] = [falseAlarms / negatives, hits / positives];
    if (nextX >= greatestRate) {
      const yThere = nextX === x ? nextY : y + ((nextY - y) * (greatestRate - x)) / (nextX - x);
      return area + ((greatestRate - x) * (y + yThere)) / 2;
    }
    area += ((nextX - x) * (y + nextY)) / 2;
    [x, y] = [nextX, nextY];
  }
  return area;
}

/** Average precision: sum of (recall_i - recall_i-1) precision_i (scikit-learn's average_precision_score). */
export function aucPr(labelled: Labelled): number {
  const cuts = cutsOf(labelled);
  const positives = cuts.at(-1)!.hits;
  let [area, before] = [0, 0];
  for (const { hits, falseAlarms } of cuts) {
    area += ((hits - before) / positives) * (hits / (hits + falseAlarms));
    before = hits;
  }
  return area;
}

/** The best F1 of any threshold, and the score from which on points are alarms there: an optimist's figure, found with the labels. */
export function bestF1(labelled: Labelled): { readonly f1: number; readonly threshold: number } {
  const cuts = cutsOf(labelled);
  const positives = cuts.at(-1)!.hits;
  return cuts
    .map(({ score, hits, falseAlarms }) => ({ f1: (2 * hits) / (hits + falseAlarms + positives), threshold: score }))
    .reduce((best, other) => (other.f1 > best.f1 ? other : best));
}
