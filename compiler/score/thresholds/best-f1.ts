import { bestCut, cutsOf } from './cuts.ts';
import type { ThresholdMethod } from './define.ts';

/** Fewer say more of single windows than of what is abnormal. */
const leastAbnormal = 20;

/**
 * The threshold of the best F1 of labelled windows: half-way between the lowest score that is to be an alarm and the next one below. It is
 * fitted to these recordings, so that others will find a lower F1.
 */
export const byBestF1: ThresholdMethod = {
  parameter: null,
  find({ labelled }) {
    if (labelled === null) throw new Error('internal: best-f1 without labelled scores');
    const cuts = cutsOf(labelled);
    const best = bestCut(cuts);
    const { hits: abnormal, falseAlarms: normal } = cuts.at(-1)!;
    // Scores are not negative: below the lowest one, all are alarms.
    const below = cuts[best.at + 1]?.score ?? -1;
    const middle = Math.fround((best.score + below) / 2);
    return {
      // Of neighbouring f32, the middle is one of the two; an alarm is what is above.
      value: middle < best.score ? middle : below,
      falseAlarmRate: best.falseAlarms / normal,
      windows: labelled.scores.length,
      reached: { f1: best.f1, abnormal },
      warning: warningOf(best.at === cuts.length - 1, abnormal),
    };
  },
};

function warningOf(isAll: boolean, abnormal: number): string | null {
  if (isAll) {
    return 'best-f1: the best F1 is reached where every window is an alarm: the scores do not tell abnormal windows from normal ones.';
  }
  if (abnormal >= leastAbnormal) return null;
  return `best-f1: ${abnormal} abnormal ${abnormal === 1 ? 'window is' : 'windows are'} few to find a threshold from; some ${leastAbnormal} are wanted.`;
}
