import { describe, expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { readNamed } from '../../../compiler/files.ts';
import type { Labelled } from '../../../compiler/score/thresholds/cuts.ts';
import { findThreshold, parseThreshold } from '../../../compiler/score/thresholds/find.ts';
import { fitPareto } from '../../../runtime-js/artifact/pareto.ts';
import { quantile } from '../../../runtime-js/artifact/quantile.ts';

const rows = readWindows(readNamed('examples/gearbox/normal.csv'), { size: 16, hop: null });
const column = (c: number): Float64Array => Float64Array.from({ length: rows.count }, (_, i) => rows.data[16 * i + c]!);
const found = (text: string, all: ArrayLike<number>, heldOut = all, labelled: Labelled | null = null) =>
  findThreshold(parseThreshold(text), { all, heldOut, labelled });

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

/** The chance of `count` alarms or more (or fewer) among n, each with probability p: the tails of the binomial distribution. */
function binomialTails(count: number, n: number, p: number): [atLeast: number, atMost: number] {
  let [probability, atMost, atLeast] = [(1 - p) ** n, 0, 1];
  for (let k = 0; k <= count; k++) {
    if (k === count) atLeast = 1 - atMost;
    atMost += probability;
    probability *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return [atLeast, atMost];
}

const counting = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('split conformal', () => {
  test.each([0.2, 0.1, 0.05])('on the healthy gearbox, %d is kept: the rate lies within the binomial interval', (alpha) => {
    // Every other window: those of the data overlap by half.
    const scores = [...column(5)].filter((_, i) => i % 2 === 0);
    const next = uniform(3);
    const shuffled = scores
      .map((score) => [next(), score] as const)
      .toSorted((a, b) => a[0] - b[0])
      .map(([, score]) => score);
    const [known, fresh] = [shuffled.slice(0, 1000), shuffled.slice(1000)];
    const { value } = found(`conformal:${alpha}`, known);
    const alarms = fresh.filter((score) => score > value).length;
    const [atLeast, atMost] = binomialTails(alarms, fresh.length, alpha);
    // The threshold itself varies with the 1000 scores that it comes from; 0.1 % on either side.
    expect(Math.min(atLeast, atMost)).toBeGreaterThan(0.001);
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

test('a number is the threshold', () => {
  expect(found('0.25', [1, 2])).toMatchObject({ value: 0.25 });
});

test.each([
  [
    'quantil:0.9',
    'threshold: is "quantil:0.9"; expected a number, or one of quantile:0.995, sigma:3, pot:0.0001, conformal:0.01\n  Did you mean quantile?',
  ],
  [
    'quantile:99',
    'threshold: is "quantile:99"; the number behind quantile is the quantile of the normal scores, above 0 and up to 1\n  Usual is quantile:0.995.',
  ],
  ['conformal:', 'threshold: is "conformal:"; the number behind conformal is the share of false alarms that is not exceeded'],
  ['', 'threshold: is ""; expected a number'],
])('%j is explained', (text, message) => {
  expect(() => parseThreshold(text)).toThrow(message);
});
