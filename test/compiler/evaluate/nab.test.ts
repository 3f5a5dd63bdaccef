import { describe, expect, test } from 'vitest';
import { nabProfiles, nabScores, normalized, rawNabScore, type Detections } from '../../../compiler/evaluate/nab.ts';
import { published } from './nab-published.ts';

/** A recording of which events and detections are known by their rows. */
function recording(rows: number, events: readonly (readonly [number, number])[], detections: readonly number[]): Detections {
  const labels = new Uint8Array(rows);
  for (const [start, end] of events) labels.fill(1, start, end);
  return { labels, detected: Array.from({ length: rows }, (_, row) => detections.includes(row)) };
}

const even = { hit: 1, miss: 1, falseAlarm: 1 };

describe("NAB's published scores of its own detector come out", () => {
  test.each(published)('$file', ({ rows, windows, detections, belowLowFp, scores }) => {
    const usual = recording(rows, windows, detections);
    const fewer = recording(
      rows,
      windows,
      detections.filter((row) => !(belowLowFp as readonly number[]).includes(row)),
    );
    // Twelve digits are published.
    expect(rawNabScore(usual, nabProfiles.standard)).toBeCloseTo(scores[0], 10);
    expect(rawNabScore(fewer, nabProfiles.rewardLowFp)).toBeCloseTo(scores[1], 10);
    expect(rawNabScore(usual, nabProfiles.rewardLowFn)).toBeCloseTo(scores[2], 10);
  });

  test('normalised over the whole corpus of 116 windows: totals of results/*/*_scores.csv, and results/final_results.json', () => {
    expect(normalized(46.6344501971, 116, nabProfiles.standard)).toBeCloseTo(70.10105611943965, 8);
    expect(normalized(26.6344501971, 116, nabProfiles.rewardLowFn)).toBeCloseTo(74.3202443095115, 8);
    expect(normalized(-67.5862728866, 116, nabProfiles.rewardLowFp)).toBeCloseTo(20.86798582474138, 8);
  });
});

test('its detector on the six recordings of examples/nab: 52.4, 44.7 and 59.4, as docs/evaluate.md has it', () => {
  const six = published.filter(({ file }) => !file.startsWith('machine'));
  const events = six.reduce((sum, { windows }) => sum + windows.length, 0);
  const found = Object.values(nabProfiles).map((profile, i) =>
    normalized(
      six.reduce((sum, { scores }) => sum + scores[i]!, 0),
      events,
      profile,
    ).toFixed(1),
  );
  expect(found).toEqual(['52.4', '44.7', '59.4']);
});

describe("the cases of NAB's own tests, behind a probation of 150 rows", () => {
  const event = [500, 600] as const;
  const scoreOf = (detections: readonly number[]): number => rawNabScore(recording(1000, [event], detections), even);

  test('a hit at the first row of an event is worth 1, however long the event', () => {
    expect(scoreOf([500])).toBe(1);
    expect(rawNabScore(recording(1000, [[500, 502]], [500]), even)).toBe(1);
  });
  test('only the first hit counts', () => {
    expect(scoreOf([500, 599])).toBe(1);
  });
  test('the earlier hit is better; in the middle of 100 rows it is (2 / (1 + e^-2.5) - 1) / (2 / (1 + e^-5) - 1)', () => {
    expect(scoreOf([550])).toBeCloseTo(0.848283639957513 / 0.98661429815143, 12);
    expect(scoreOf([501])).toBeLessThan(scoreOf([500]));
  });
  test('the last row of an event and the one behind it are worth as much, with opposite sign', () => {
    expect(scoreOf([599]) + scoreOf([600]) + 1).toBeCloseTo(0, 3);
  });
  test('a miss costs 1 per event, a false alarm far from all events 1 each, one soon after an event less', () => {
    expect(scoreOf([])).toBe(-1);
    expect(scoreOf([200])).toBe(-2);
    expect(scoreOf([200, 201])).toBe(-3);
    expect(scoreOf([601])).toBeGreaterThan(scoreOf([602]));
    expect(scoreOf([950])).toBe(-2);
  });
  test('what happens in the probation counts for nothing', () => {
    expect(scoreOf([0, 149])).toBe(-1);
    expect(scoreOf([150])).toBe(-2);
    const early = recording(1000, [[10, 20], event], [500]);
    expect(nabScores([early])!.standard).toBe(100);
    expect(nabScores([recording(1000, [[10, 20]], [])])).toBeNull();
  });
});

test('never an alarm is 0, a hit at the start of each event 100, in all profiles and over recordings', () => {
  const rows = 1000;
  const events = [[300, 320], [700, 701]] as const; // prettier-ignore
  expect(nabScores([recording(rows, events, []), recording(rows, [], [])])).toEqual({
    standard: 0,
    rewardLowFp: 0,
    rewardLowFn: 0,
  });
  expect(nabScores([recording(rows, events, [300, 700]), recording(rows, [], [])])).toEqual({
    standard: 100,
    rewardLowFp: 100,
    rewardLowFn: 100,
  });
  // Half of the events, and one false alarm: (1 - 1 - 0.11 + 2) / 4 and its kin.
  const half = nabScores([recording(rows, events, [200, 300])])!;
  expect(half.standard).toBeCloseTo((100 * 1.89) / 4, 10);
  expect(half.rewardLowFp).toBeCloseTo((100 * 1.78) / 4, 10);
  expect(half.rewardLowFn).toBeCloseTo((100 * (1 - 2 - 0.11 + 4)) / 6, 10);
});
