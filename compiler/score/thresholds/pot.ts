import { quantile } from '../../../runtime-js/artifact/quantile.ts';
import { beyondTail, tailQuantile, type Tail } from '../../../runtime-js/artifact/tail.ts';
import type { ThresholdMethod } from './define.ts';

/** Excesses that an artifact keeps, so that an adaptive threshold begins where the compiler ended; some 10 bytes each. */
const mostKept = 100;

/** The tail of the normal scores, followed to where a share `risk` remains. Where there is none to fit, the quantile 1 - risk, and a warning. */
export const byPeaks: ThresholdMethod = {
  parameter: { meaning: 'share of false alarms', above: 0, upTo: 0.02, usual: 0.0001 },
  find({ all }, risk) {
    const tail = tailOf(all);
    const { value, problem } = beyondTail(tail, [], risk);
    const found = { falseAlarmRate: risk, windows: all.length };
    if (value !== null) return { ...found, value, tail: compact(tail), warning: null };
    return {
      ...found,
      value: quantile(all, 1 - risk),
      warning: `peaks over threshold: ${problem}; the threshold is the ${1 - risk} quantile instead.`,
    };
  },
};

function tailOf(all: ArrayLike<number>): Tail {
  const level = quantile(all, tailQuantile);
  const excesses = Array.from(all)
    .filter((score) => score > level)
    .map((score) => score - level);
  return { level, scores: all.length, peaks: excesses.length, excesses };
}

/** Of many excesses, order statistics at even steps, which have the distribution of all. */
function compact(tail: Tail): Tail {
  const sorted = tail.excesses.toSorted((a, b) => a - b);
  const kept = Math.min(sorted.length, mostKept);
  const at = (i: number): number => sorted[Math.floor(((i + 0.5) * sorted.length) / kept)]!;
  return {
    ...tail,
    level: short(tail.level),
    excesses: Array.from({ length: kept }, (_, i) => short(at(i))),
  };
}

/** The fifth digit of an excess says nothing of a tail. */
const short = (value: number): number => Number(value.toPrecision(5));
