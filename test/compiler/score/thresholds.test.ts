import { describe, expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { readNamed } from '../../../compiler/files.ts';
import { isHeldOut } from '../../../compiler/measure.ts';
import type { Labelled } from '../../../compiler/score/thresholds/cuts.ts';
import { findThreshold, parseThreshold } from '../../../compiler/score/thresholds/find.ts';
import { fitPareto } from '../../../runtime-js/artifact/pareto.ts';
import { quantile } from '../../../runtime-js/artifact/quantile.ts';
import { loadSync } from '../../../runtime-js/node.ts';
import { gearbox } from '../../runtime-js/artifact.ts';

const rows = readWindows(readNamed('examples/gearbox/normal.csv'), { size: 16, hop: null });
const column = (c: number): Float64Array => Float64Array.from({ length: rows.count }, (_, i) => rows.data[16 * i + c]!);
const found = (text: string, all: ArrayLike<number>, heldOut = all, labelled: Labelled | null = null) =>
  findThreshold(parseThreshold(text), { all, heldOut, labelled });

/** Of 17531 days (Coles 2001; data set `rain` of ismev, from the MIT-licensed Extremes.jl): mm of those above 30. */
const rainfall = [
  30.2, 30.2, 30.2, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.5, 30.7, 31, 31, 31, 31.2,
  31.2, 31.2, 31.7, 31.8, 31.8, 31.8, 31.8, 31.8, 31.8, 31.8, 31.8, 31.8, 31.8, 31.8, 32, 32, 32, 32.3, 32.3, 32.5, 32.5, 32.5,
  32.8, 33, 33, 33, 33, 33, 33, 33, 33.3, 33.5, 33.5, 33.5, 33.5, 33.5, 33.5, 33.8, 33.8, 34, 34, 34, 34.3, 34.3, 34.3, 34.3,
  34.3, 34.8, 34.8, 35.1, 35.3, 35.3, 35.3, 35.3, 35.3, 35.6, 35.6, 35.6, 35.6, 35.6, 35.6, 36.1, 36.3, 36.3, 36.6, 36.6, 36.8,
  36.8, 37.1, 37.3, 37.6, 37.6, 37.8, 38.1, 38.1, 38.1, 38.1, 38.1, 38.4, 38.4, 39.1, 39.4, 39.4, 39.4, 39.4, 39.9, 40.1, 40.6,
  40.9, 40.9, 41.9, 41.9, 42.4, 42.7, 42.9, 43.2, 43.4, 44.2, 44.5, 44.5, 45.2, 45.7, 45.7, 45.7, 47, 47, 47, 47.5, 47.8, 47.8,
  48.5, 48.5, 48.8, 51.3, 51.3, 51.6, 53.3, 54.9, 55.4, 55.9, 55.9, 59.2, 59.4, 59.4, 67.3, 72.4, 76.7, 83.3, 85.3, 86.6,
];

/** Small and reproducible: Park and Miller's minimal standard generator, as 0 to 1. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('a Pareto tail by maximum likelihood', () => {
  // scipy.stats.genpareto.fit(y, floc=0) of the 198 excesses over the 95 % quantile: c, scale, and the log likelihood there
  test.each([
    [0, -0.2725463627177955, 307.45013836260085, -1278.2417834542823],
    [7, -0.3460791064698885, 0.503454989021282, 6.414926114902798],
    [12, -0.0031044761028252016, 1.164056053024691, -227.4676273872464],
  ])('column %d of the gearbox: scipy finds the same', (c, shape, scale, logLikelihood) => {
    const values = column(c);
    const start = quantile(values, 0.95);
    const fit = fitPareto(
      [...values].filter((value) => value > start).map((value) => value - start),
      [],
    );
    expect(fit.logLikelihood).toBeGreaterThan(logLikelihood - 1e-6);
    expect(Math.abs(fit.shape - shape)).toBeLessThan(1e-3);
    expect(Math.abs(fit.scale / scale - 1)).toBeLessThan(1e-3);
  });

  // Coles 2001, "An introduction to statistical modeling of extreme values", section 4.4.1; digits from ismev's gpd.fit(rain, 30).
  test('daily rainfall above 30 mm in south-west England, 1914 to 1962: the published estimates', () => {
    const fit = fitPareto(
      rainfall.map((value) => value - 30),
      [],
    );
    expect(rainfall).toHaveLength(152);
    expect(fit.logLikelihood).toBeCloseTo(-485.0937, 4);
    expect(fit.scale).toBeCloseTo(7.442_263_9, 2);
    expect(fit.shape).toBeCloseTo(0.184_302_7, 3);
  });

  test('excesses of which only a bound is known count as such: exponential ones cut off keep their scale', () => {
    const next = uniform(7);
    const y = Array.from({ length: 20_000 }, () => -2 * Math.log(next()));
    const censored = y.filter((value) => value > 4).map(() => 4);
    const known = y.filter((value) => value <= 4);
    const fit = fitPareto(known, censored);
    // Four standard errors, from the information of one observation of a unit exponential that is cut off at 2:
    // scale 0.8647, shape 0.6466, both 0.5940 by numeric integration; inverted, the variances are 3.134 of the scale and 4.191 of the shape.
    expect(Math.abs(fit.shape)).toBeLessThan(4 * Math.sqrt(4.191 / y.length));
    expect(Math.abs(fit.scale / 2 - 1)).toBeLessThan(4 * Math.sqrt(3.134 / y.length));
    expect(fitPareto(known, []).shape).toBeLessThan(-0.2);
  });

  test.each([-0.3, 0, 0.3])('of a known shape %d, it comes back', (shape) => {
    const next = uniform(7);
    const y = Array.from({ length: 20_000 }, () => {
      const p = next();
      return 2 * (shape === 0 ? -Math.log(p) : (p ** -shape - 1) / shape);
    });
    const fit = fitPareto(y, []);
    // Four standard errors of the estimate: (1 + shape) / sqrt(n) (Smith 1987).
    expect(Math.abs(fit.shape - shape)).toBeLessThan((4 * (1 + shape)) / Math.sqrt(y.length));
    expect(Math.abs(fit.scale - 2)).toBeLessThan(0.15);
  });

  test('the unit of the scores does not matter', () => {
    const y = [...column(12)].filter((value) => value > 4).map((value) => value - 4);
    const [plain, tiny] = [
      fitPareto(y, []),
      fitPareto(
        y.map((value) => value * 1e-9),
        [],
      ),
    ];
    expect(tiny.shape).toBeCloseTo(plain.shape, 6);
    expect(tiny.scale / plain.scale).toBeCloseTo(1e-9, 14);
  });
});

describe('peaks over threshold', () => {
  test('of exponential scores the share that is asked for remains, beyond what was seen', () => {
    const next = uniform(11);
    const scores = Array.from({ length: 20_000 }, () => -Math.log(next()));
    const { value, warning } = found('pot:1e-5', scores);
    expect(warning).toBeNull();
    expect(value).toBeGreaterThan(scores.reduce((a, b) => Math.max(a, b)) - 1);
    expect(Math.exp(-value)).toBeGreaterThan(1e-6);
    expect(Math.exp(-value)).toBeLessThan(1e-4);
  });

  test('too few scores for a tail: the quantile, and a warning', () => {
    const scores = [...column(0)].slice(0, 200);
    const { value, warning } = found('pot:0.001', scores);
    expect(value).toBe(quantile(scores, 0.999));
    expect(warning).toBe(
      'peaks over threshold: 4 scores above the 0.98 quantile are too few for a tail, which wants 20; the threshold is the 0.999 quantile instead.',
    );
  });

  test('a tail that no such distribution has: the quantile, and a warning', () => {
    const next = uniform(5);
    const scores = Array.from({ length: 3000 }, () => next() ** -0.9);
    const { warning } = found('pot:0.001', scores);
    expect(warning).toMatch(
      /^peaks over threshold: the fitted tail is not plausible \(shape 0\.\d+, expected -0\.5 to 0\.5\); the threshold/,
    );
  });
});

/**
 * The chance of at least and of at most `count` alarms among `fresh` scores above the rank-th smallest of `known` others, if all could as
 * well have come in another order: C(k + a - 1, k) C(fresh - k + b - 1, fresh - k) / C(fresh + known, fresh) of k alarms, a = known + 1 - rank,
 * b = rank. That is the binomial distribution, with what the threshold itself varies.
 */
function alarmTails(count: number, fresh: number, known: number, alpha: number): [atLeast: number, atMost: number] {
  const rank = Math.ceil((known + 1) * (1 - alpha) - 1e-9);
  const chance = (k: number): number =>
    Math.exp(logChoose(k + known - rank, k) + logChoose(fresh - k + rank - 1, fresh - k) - logChoose(fresh + known, fresh));
  const below = Array.from({ length: count }, (_, k) => chance(k)).reduce((sum, p) => sum + p, 0);
  return [1 - below, below + chance(count)];
}

const logChoose = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => Math.log((n - i) / (k - i))).reduce((sum, value) => sum + value, 0);

const counting = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('split conformal', () => {
  test('of a recorded healthy gearbox that the artifact never saw, the promised share is in alarm: within the interval of 99 percent', async () => {
    const model = loadSync(await gearbox({ threshold: 'conformal:0.05' }));
    const scoresOf = (file: string): number[] => [
      ...model.runBatch(readWindows(readNamed(`examples/gearbox/${file}`), { size: 16, hop: null }).data),
    ];
    const known = scoresOf('normal.csv');
    const heldOut = known.filter((_, window) => isHeldOut(window, known.length));
    // Every other window: those of the recording overlap by half.
    const fresh = scoresOf('healthy-test.csv').filter((_, i) => i % 2 === 0);
    expect([heldOut.length, fresh.length]).toEqual([790, 240]);
    expect(Math.fround(found('conformal:0.05', known, heldOut).value)).toBe(model.threshold);
    for (const alpha of [0.2, 0.1, 0.05, 0.02]) {
      const { value } = found(`conformal:${alpha}`, known, heldOut);
      const tails = alarmTails(fresh.filter((score) => score > value).length, 240, 790, alpha);
      expect(Math.min(...tails)).toBeGreaterThan(0.005);
      // Three times the promised rate would be outside.
      expect(Math.min(...alarmTails(Math.round(3 * alpha * 240), 240, 790, alpha))).toBeLessThan(0.005);
    }
  });

  test('the interval by hand: of 2 fresh scores, 0, 1 or 2 are above the greatest of 3 known with chances of 6, 3 and 1 in 10', () => {
    // Of the C(5, 2) = 10 orders of two fresh among three known scores: both below the greatest known 6, one above 3, both 1.
    const [all, none] = alarmTails(0, 2, 3, 0.25);
    expect(all).toBe(1);
    expect(none).toBeCloseTo(6 / 10, 12);
    expect(alarmTails(1, 2, 3, 0.25)[0]).toBeCloseTo(4 / 10, 12);
    expect(alarmTails(2, 2, 3, 0.25)[0]).toBeCloseTo(1 / 10, 12);
  });

  test('the rank is exact: 99 scores and 0.01 give the greatest, 199 the last but one', () => {
    expect(found('conformal:0.01', counting(99))).toMatchObject({ value: 99, falseAlarmRate: 0.01, warning: null });
    expect(found('conformal:0.01', counting(199))).toMatchObject({ value: 198, falseAlarmRate: 0.01 });
    expect(found('conformal:0.1', counting(9))).toMatchObject({ value: 9, warning: null });
  });

  test('too few scores promise less, and say so', () => {
    const { value, falseAlarmRate, warning } = found('conformal:0.01', [3, 1, 2]);
    expect({ value, falseAlarmRate }).toEqual({ value: 3, falseAlarmRate: 0.25 });
    expect(warning).toMatch(/^3 held-out windows promise a false-alarm rate of 0\.25 at best; 0\.01 needs 99\./);
  });
});

test('sigma: mean + k standard deviations', () => {
  expect(found('sigma:2', [1, 2, 3, 4]).value).toBeCloseTo(2.5 + 2 * Math.sqrt(5 / 3), 12);
});

const bestF1Of = (scores: number[], labels: number[]) => found('best-f1', [], [], { scores, labels });

describe('the best F1 of labelled windows', () => {
  test('lies half-way between the lowest score that is an alarm and the next one', () => {
    // From 0.35 on: 4 hits, 3 false alarms of 6 normal windows. All windows: 4 hits, 6 false alarms.
    const scores = [0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.9, 0.4, 0.05, 0.6];
    const labels = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0];
    const { value, falseAlarmRate, windows, reached } = bestF1Of(scores, labels);
    expect(value).toBe(Math.fround(0.275));
    expect({ falseAlarmRate, windows, reached }).toEqual({
      falseAlarmRate: 0.5,
      windows: 10,
      reached: { f1: 8 / 11, abnormal: 4 },
    });
    const alarms = scores.map((score) => score > value);
    expect(alarms.filter((alarm, i) => alarm && labels[i] === 1)).toHaveLength(4);
    expect(alarms.filter((alarm, i) => alarm && labels[i] === 0)).toHaveLength(3);
  });
  test('scores that are neighbours in f32 are told apart all the same', () => {
    const [low, high] = [Math.fround(0.1), Math.fround(Math.fround(0.1) * (1 + 2 ** -23))];
    const { value } = bestF1Of([low, high], [0, 1]);
    expect([low > value, high > value]).toEqual([false, true]);
  });
  test('few abnormal windows, and scores that tell nothing, are said', () => {
    expect(bestF1Of([1, 2, 3], [0, 0, 1]).warning).toBe(
      'best-f1: 1 abnormal window is few to find a threshold from; some 20 are wanted.',
    );
    const { value, warning } = bestF1Of([3, 2, 1], [0, 0, 1]);
    expect(value).toBeLessThan(1);
    expect(warning).toMatch(/^best-f1: the best F1 is reached where every window is an alarm/);
  });
});

test('a number is the threshold', () => {
  expect(found('0.25', [1, 2])).toMatchObject({ value: 0.25 });
});

test.each([
  [
    'quantil:0.9',
    'threshold: is "quantil:0.9"; expected a number, or one of quantile:0.995, sigma:3, pot:0.0001, conformal:0.01, best-f1\n  Did you mean quantile?',
  ],
  [
    'quantile:99',
    'threshold: is "quantile:99"; the number behind quantile is the quantile of the normal scores, above 0 and up to 1\n  Usual is quantile:0.995.',
  ],
  ['conformal:', 'threshold: is "conformal:"; the number behind conformal is the share of false alarms that is not exceeded'],
  ['best-f1:2', 'threshold: is "best-f1:2"; best-f1 has no number: it is found from labelled recordings\n  Write best-f1 alone.'],
  ['', 'threshold: is ""; expected a number'],
])('%j is explained', (text, message) => {
  expect(() => parseThreshold(text)).toThrow(message);
});
