import { describe, expect, test } from 'vitest';
import { alarmQuality, eventQuality, runsOf } from '../../../compiler/evaluate/alarms.ts';
import { aucPr, aucRoc, partialAuc } from '../../../compiler/evaluate/curves.ts';
import { bestF1 } from '../../../compiler/score/thresholds/cuts.ts';
import { fileQuality, quality } from '../../../compiler/evaluate/evaluate.ts';
import { fitPca } from '../../../compiler/evaluate/pca.ts';
import { pointScores } from '../../../compiler/evaluate/points.ts';
import { vusPr } from '../../../compiler/evaluate/vus.ts';

/** With ties among and across the classes. */
const small = { scores: [0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.9, 0.4, 0.05, 0.6], labels: [0, 0, 1, 1, 0, 0, 1, 1, 0, 0] };

describe('rankings', () => {
  test('AUC-ROC is the share of pairs in order, ties half: numpy restates 0.75', () => {
    expect(aucRoc(small)).toBeCloseTo(0.75, 12);
  });
  test("AUC-PR is scikit-learn's average precision: numpy restates 0.6845238095238095", () => {
    expect(aucPr(small)).toBeCloseTo(0.684_523_809_523_809_5, 12);
  });
  test('partial AUC: 1 is perfect, chance is 0.5, and the whole is the AUC', () => {
    const perfect = { scores: [1, 2, 3, 4], labels: [0, 0, 1, 1] };
    expect(partialAuc(perfect, 0.1)).toBeCloseTo(1, 12);
    const chance = { scores: [1, 1, 1, 1], labels: [0, 1, 0, 1] };
    expect(partialAuc(chance, 0.1)).toBeCloseTo(0.5, 12);
    expect(partialAuc(small, 1)).toBeCloseTo(0.75, 12);
  });
  test('the best F1: from 0.35 on all 4 are hit, with 3 false alarms', () => {
    expect(bestF1(small)).toEqual({ f1: 8 / 11, threshold: 0.35 });
  });
});

/**
 * MLPerf Tiny's reference autoencoder on ToyCar, machines 1 and 2: whether each test recording is abnormal, from the highest published anomaly
 * score to the lowest, a bit each (mlcommons/tiny, trained_models/ToyCar/baseline_tf23/result, Apache-2.0), and the published AUC and pAUC.
 */
const toyCar = [
  {
    aucRoc: 0.889_848_484_848_484_9,
    partialAuc: 0.752_050_580_997_949_4,
    recordings: 614,
    order:
      '3bffffffffffffffffbffefffbdffef6ffdfefbe38b2aed90ff35c7eecac923de01b18b10442f80702980b60023120e80007' +
      '903606ca2001108000100000000800000000000000200000000000',
  },
  {
    aucRoc: 0.913_520_215_633_423_1,
    partialAuc: 0.824_599_233_933_891_2,
    recordings: 615,
    order:
      '7fffffdfffffffffffffffffffbff7fffffff7fbfffbbc8a7b61afb5dea605e044451c48800808400290661024ea0010ac82' +
      '980090018a14104000020000090000010000000000000000000000',
  },
];

test.each(toyCar)('AUC $aucRoc and partial AUC $partialAuc of recordings, as MLPerf Tiny publishes them', (published) => {
  const bits = [...published.order].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  const labels = Array.from(bits.slice(-published.recordings), Number);
  const files = { scores: labels.map((_, i) => -i), labels, alarms: labels.map(() => false) };
  const found = fileQuality(files);
  expect(found.points).toBe(published.recordings);
  expect(found.aucRoc).toBeCloseTo(published.aucRoc, 12);
  expect(found.partialAuc).toBeCloseTo(published.partialAuc, 12);
});

describe('alarms', () => {
  const labels = [0, 1, 1, 1, 0, 0, 1, 1, 0, 0];
  const alarms = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0].map(Boolean);
  test('point by point, nothing adjusted', () => {
    expect(alarmQuality(alarms, labels)).toEqual({ precision: 1 / 2, recall: 1 / 5, f1: 2 / 7, far: 1 / 5, mar: 4 / 5 });
  });
  test('event by event', () => {
    expect(eventQuality(alarms, labels)).toEqual({
      events: 2,
      found: 1,
      falseAlarms: 1,
      precision: 1 / 2,
      recall: 1 / 2,
      f1: 1 / 2,
      compositeF1: 1 / 2,
      delay: 1,
    });
  });
  test('an alarm that never ends touches every event; the composite F1 is not taken in', () => {
    const always = labels.map(() => true);
    // Half of the points are abnormal: 2 * 0.5 * 1 / 1.5.
    expect(eventQuality(always, labels)).toMatchObject({ f1: 1, compositeF1: 2 / 3 });
  });
  test('nothing raised', () => {
    const none = labels.map(() => false);
    expect(alarmQuality(none, labels)).toEqual({ precision: 0, recall: 0, f1: 0, far: 0, mar: 1 });
    expect(eventQuality(none, labels)).toMatchObject({ found: 0, delay: null, f1: 0 });
  });
  test('runs at both ends', () => {
    expect(runsOf([1, 1, 0, 1])).toEqual([
      [0, 2],
      [3, 4],
    ]);
  });
});

describe('VUS-PR', () => {
  const labels = Array.from({ length: 200 }, (_, i) => (i >= 90 && i < 110 ? 1 : 0));
  test('without a buffer, of scores without ties, it is average precision where every event is found at once', () => {
    const scores = labels.map((label, i) => label + i / 1000);
    expect(vusPr({ scores, labels }, 0)).toBeCloseTo(1, 12);
  });
  test('a score that rises a little beside the event is better than one that rises elsewhere', () => {
    const near = labels.map((_, i) => (i >= 95 && i < 115 ? 1 : 0) + i / 1e6);
    const far = labels.map((_, i) => (i >= 20 && i < 40 ? 1 : 0) + i / 1e6);
    expect(vusPr({ scores: near, labels }, 20)).toBeGreaterThan(vusPr({ scores: near, labels }, 0));
    expect(vusPr({ scores: near, labels }, 20)).toBeGreaterThan(3 * vusPr({ scores: far, labels }, 20));
  });
});

describe('windows to points', () => {
  const shape = { samples: 4, hop: 2 };
  test.each([
    ['last', [NaN, NaN, 1, 1, 5, 5, 2, 2, NaN].map((v, i) => (i < 2 ? NaN : v))],
    ['all', [1, 1, 1, 1, 2, 2, 2, 2, NaN]],
    ['any', [1, 1, 5, 5, 5, 5, 2, 2, NaN]],
  ] as const)('%s', (rule, expected) => {
    expect([...pointScores([1, 5, 2], shape, 9, rule)]).toEqual(expected);
  });
});

test('PCA: samples off the plane of the normal ones score above all of these', () => {
  // Two channels that go together, and one apart.
  const normal = Float32Array.from({ length: 600 }, (_, i) => {
    const t = Math.sin(Math.floor(i / 3) * 1.7) * 2;
    return [t, 3 * t + 0.05 * Math.cos(i), Math.cos(i * 0.9)][i % 3]!;
  });
  const { score } = fitPca(normal, 3);
  const known = Array.from({ length: 200 }, (_, i) => score(normal.subarray(3 * i, 3 * i + 3)));
  expect(score([1, -3, 0])).toBeGreaterThan(5 * Math.max(...known));
  expect(score([0, 0, 0])).toBeLessThan(Math.max(...known));
});

test('of files: what needs an order in time is null, the rest is as of rows', () => {
  const files = { ...small, alarms: small.scores.map((score) => score > 0.5) };
  const nothing = { vusPr: null, nab: null, events: null };
  expect(fileQuality(files)).toEqual({ ...quality([files]), ...nothing });
});

test("NAB's score is of where alarms go on: one that lasts from before an event into it detects nothing, and is false once", () => {
  const labels = Array.from({ length: 1000 }, (_, i) => (i >= 500 && i < 600 ? 1 : 0));
  const from = (start: number) => ({ scores: labels, labels, alarms: labels.map((_, i) => i >= start && i < 900) });
  expect(quality([from(500)]).nab!.standard).toBe(100);
  expect(quality([from(499)]).nab!.standard).toBeCloseTo((100 * -0.11) / 2, 10);
});

test('events do not go from one recording into the next', () => {
  const one = { scores: [0, 1], alarms: [false, true], labels: [0, 1] };
  const two = { scores: [1, 0], alarms: [true, false], labels: [1, 0] };
  expect(quality([one, two]).events).toMatchObject({ events: 2, found: 2 });
});
