/** A point of the receiver operating characteristic: what happens if every score above `threshold` is an alarm. */
export interface RocPoint {
  readonly threshold: number;
  readonly falseAlarmRate: number;
  readonly detectionRate: number;
}

/** The curve from (0, 0) to (1, 1), one point per distinct score, and the area under it (equal scores count one half). */
export function rocCurve(
  normal: ArrayLike<number>,
  abnormal: ArrayLike<number>,
): { readonly points: readonly RocPoint[]; readonly auc: number } {
  const all = [
    ...Array.from(normal, (score) => ({ score, abnormal: false })),
    ...Array.from(abnormal, (score) => ({ score, abnormal: true })),
  ].toSorted((a, b) => b.score - a.score);
  const points: RocPoint[] = [{ threshold: Infinity, falseAlarmRate: 0, detectionRate: 0 }];
  let [falseAlarms, detections, auc] = [0, 0, 0];
  for (let i = 0; i < all.length;) {
    const { score } = all[i]!;
    for (; i < all.length && all[i]!.score === score; i++) {
      if (all[i]!.abnormal) detections++;
      else falseAlarms++;
    }
    const before = points.at(-1)!;
    const point = { threshold: score, falseAlarmRate: falseAlarms / normal.length, detectionRate: detections / abnormal.length };
    auc += ((point.falseAlarmRate - before.falseAlarmRate) * (point.detectionRate + before.detectionRate)) / 2;
    points.push(point);
  }
  return { points, auc };
}
