import { describe, expect, test } from 'vitest';
import { readWindows } from '../../compiler/calibrate/samples.ts';
import { readNamed } from '../../compiler/files.ts';
import { quantile } from '../../runtime-js/artifact/quantile.ts';
import { loadSync, Spot } from '../../runtime-js/node.ts';
import { gearbox } from './artifact.ts';

const plain = loadSync(await gearbox());
const withTail = loadSync(await gearbox({ threshold: 'pot:0.001' }));
const scoresOf = (file: string): number[] => [
  ...plain.runBatch(readWindows(readNamed(`examples/gearbox/${file}`), { size: 16, hop: null }).data),
];

/** An artifact without a tail of its own; its threshold is not to be reached. */
const bare = { score: { threshold: 1e300, alarm: { raise: 1, clear: 1, clearAt: 1e300 } } };

/** Park and Miller's minimal standard generator, as 0 to 1. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function exponential(seed: number, count: number): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length: count }, () => -Math.log(next()));
}

/** How many scores are above the threshold that stands when they come. */
const above = (spot: Spot, scores: ArrayLike<number>): number =>
  Array.from(scores, (score) => spot.look(score).isAbove).filter(Boolean).length;

/** The chance of at least and of at most `count` among n of probability p. */
function binomialTails(count: number, n: number, p: number): readonly [atLeast: number, atMost: number] {
  let [chance, below] = [(1 - p) ** n, 0];
  for (let k = 0; k < count; k++) {
    below += chance;
    chance *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return [1 - below, below + chance];
}

describe('the promised share of alarms', () => {
  // libspot's documented example: exponential scores, 20,000 to begin with, then 200,000 at a risk of 1e-4 (asiffer/libspot, docs).
  test('is kept over 200,000 exponential scores, whose threshold is known: -ln(1e-4) = 9.21', () => {
    const spot = new Spot(bare, { risk: 1e-4, calibration: 20_000 });
    expect(above(spot, exponential(1, 20_000))).toBe(0);
    const alarms = above(spot, exponential(2, 200_000));
    // 200 peaks are remembered. Of a threshold from so many the standard error is sqrt((14.0^2 + 2 * 5.3^2 - 2 * 14.0 * 5.3) / 200) = 0.72
    // (delta method, Smith 1987: 5.3 = -ln(risk / 0.02), 14.0 = 5.3^2 / 2), so that e^0.72 = 2.05 times the 20 that are due are usual at any
    // one time, and less over the 20 times that memory is filled anew.
    expect(alarms).toBeGreaterThan(20 / 2.05);
    expect(alarms).toBeLessThan(20 * 2.05);
    expect(Math.abs(spot.threshold - 9.21)).toBeLessThan(2 * 0.72);
    expect(spot.state).toEqual({ from: 'tail' });
  });

  test.each([0.01, 0.005, 0.001])('%d of the recorded healthy gearbox, beginning with the tail in the artifact', (risk) => {
    const healthy = scoresOf('healthy-test.csv');
    const spot = new Spot(withTail.info.manifest, { risk });
    const alarms = above(spot, healthy);
    expect(Math.min(...binomialTails(alarms, healthy.length, risk))).toBeGreaterThan(0.005);
    expect(above(new Spot(withTail.info.manifest, { risk }), scoresOf('broken-test.csv'))).toBeGreaterThan(10 * risk * 480);
  });

  test('0.005 of the gearbox at all loads in turn, learnt from the first 1000 scores', () => {
    const scores = scoresOf('normal.csv');
    // The recording goes from load to load; a stride that shares no divisor with its length visits all of them over and over.
    const inTurn = scores.map((_, i) => scores[(i * 787) % scores.length]!);
    const spot = new Spot(plain.info.manifest, { risk: 0.005 });
    for (const score of inTurn.slice(0, 1000)) expect(spot.look(score).threshold).toBe(plain.threshold);
    expect(spot.state).toEqual({ from: 'tail' });
    const alarms = above(spot, inTurn.slice(1000));
    expect(Math.min(...binomialTails(alarms, 2955, 0.005))).toBeGreaterThan(0.005);
  });
});

test('with the tail of the artifact it begins where the compiler ended', () => {
  const { threshold } = new Spot(withTail.info.manifest, { risk: 0.001 });
  // Excesses are kept with five digits.
  expect(Math.abs(threshold / withTail.threshold - 1)).toBeLessThan(1e-4);
});

test('the unit of the scores does not matter: of 2^-40 times the scores, the same ones are above', () => {
  const scores = exponential(3, 5000);
  const verdicts = (unit: number): boolean[] => {
    const spot = new Spot(bare, { risk: 0.005 });
    return Array.from(scores, (score) => spot.look(score * unit).isAbove);
  };
  expect(verdicts(2 ** -40)).toEqual(verdicts(1));
  expect(verdicts(1).filter(Boolean).length).toBeGreaterThan(5);
});

function begun(): Spot {
  const spot = new Spot(bare, { risk: 1e-3 });
  above(spot, exponential(4, 3000));
  return spot;
}

describe('alarms are not learnt from', () => {
  test('a fault that lasts does not become normal, however high its scores', () => {
    const [low, high] = [begun(), begun()];
    const { threshold } = low;
    expect(above(low, new Float64Array(2000).fill(3 * threshold))).toBe(2000);
    expect(above(high, new Float64Array(2000).fill(1e9))).toBe(2000);
    expect(high.threshold).toBe(low.threshold);
    // One score above the threshold that stands alone is what is due now and then; that it was above, but not how far, may count once.
    expect(low.threshold / threshold).toBeLessThan(1.05);
    expect(low.threshold).toBeGreaterThanOrEqual(threshold);
  });

  test('a score that is no number is above, and changes nothing', () => {
    const spot = begun();
    const { threshold } = spot;
    expect(spot.look(Number.NaN)).toEqual({ threshold, isAbove: true, alarm: true });
    expect(spot.threshold).toBe(threshold);
  });
});

describe('guards', () => {
  test('a tail that no such distribution has: the quantile of what was seen, and it says so', () => {
    const next = uniform(5);
    const spot = new Spot(bare, { risk: 0.005 });
    const scores = Array.from({ length: 1000 }, () => next() ** -0.9);
    above(spot, scores);
    const { state, threshold } = spot;
    expect(state.from === 'quantile' ? state.problem : '').toMatch(/^the fitted tail is not plausible \(shape \d/);
    // Of the 20 peaks, a quarter lies above it.
    expect(threshold).toBeGreaterThan(quantile(scores, 0.99));
    expect(threshold).toBeLessThanOrEqual(Math.max(...scores));
  });

  test('scores that are all the same have no tail', () => {
    const spot = new Spot(bare, { risk: 0.001, calibration: 100 });
    above(spot, new Float64Array(100).fill(0.5));
    expect(spot.threshold).toBe(0.5);
    expect(spot.state).toMatchObject({ from: 'quantile', problem: expect.stringMatching(/^0 scores above/) });
    expect([spot.look(0.5).isAbove, spot.look(0.6).isAbove]).toEqual([false, true]);
  });

  test('the threshold never falls below the level where the tail begins, however quiet it becomes', () => {
    const first = exponential(6, 1000);
    const spot = new Spot(bare, { risk: 0.02 });
    above(spot, first);
    above(
      spot,
      exponential(7, 20_000).map((score) => score / 100),
    );
    expect(spot.threshold).toBeGreaterThanOrEqual(quantile(first, 0.98));
  });

  test.each([
    [{ risk: 0.5 }, 'risk is 0.5; expected a share above 0 and up to 0.02'],
    [{ depth: 1.5 }, 'depth is 1.5; expected a whole number of scores'],
    [{ calibration: 10 }, 'calibration is 10; expected a whole number of scores from 50 on'],
  ])('%j is refused', (options, message) => {
    expect(() => new Spot(bare, options)).toThrow(new RangeError(message));
  });
});

test('with a depth it follows a level that drifts, which is no alarm', () => {
  const drifting = exponential(8, 6000).map((score, i) => score + i / 250);
  const count = (depth: number): number => {
    const spot = new Spot(bare, { risk: 0.001, depth });
    return above(spot, drifting);
  };
  expect(binomialTails(count(0), 5000, 0.001)[0]).toBeLessThan(1e-6);
  expect(Math.min(...binomialTails(count(50), 4950, 0.001))).toBeGreaterThan(0.005);
});

test("alarms go on and off by the artifact's rule, and off between recordings", () => {
  const rule = { ...withTail.info.manifest.score, alarm: { raise: 2, clear: 1, clearAt: withTail.threshold / 2 } };
  const spot = new Spot({ score: rule }, { risk: 0.001 });
  const t = spot.threshold;
  expect([2 * t, 2 * t, 0.9 * t, 0.4 * t].map((score) => spot.look(score).alarm)).toEqual([false, true, true, false]);
  for (const score of [2 * t, 2 * t]) spot.look(score);
  spot.clearAlarm();
  expect(spot.look(0.9 * t).alarm).toBe(false);
});
