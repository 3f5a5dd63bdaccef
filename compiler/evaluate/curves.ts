import { cutsOf, type Labelled } from '../score/thresholds/cuts.ts';

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
